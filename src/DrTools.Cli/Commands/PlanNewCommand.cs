using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Secrets;
using DrTools.Plans;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools plan new</c>: a commented plan to start from.</summary>
internal sealed class PlanNewCommand : CliCommand
{
    private readonly Argument<string?> _plan = PlanArgument.Create();
    private readonly Option<string?> _name = new("--name") { Description = "What the plan is called.", HelpName = "TEXT" };
    private readonly Option<string[]> _sources = new("--source") { Description = "A source to be put in; may be repeated.", HelpName = "SOURCE" };
    private readonly Option<bool> _noSearch = new("--no-search") { Description = "Do not look for database servers on this host." };
    private readonly Option<bool> _force = new("--force") { Description = "Replace a plan that is there." };
    private readonly LogRepositoryOptions _repositories = new(repositories: "A repository, which is looked into for what is backed up already; may be repeated. Also from DRTOOLS_REPOSITORY.");

    public PlanNewCommand()
        : base("new", "Write a commented plan to start from: of what is given, of what repositories hold, and of what is found on this host.")
    {
        Arguments.Add(_plan);
        foreach (var option in new Option[] { _name, _sources, _noSearch, _force })
        {
            Options.Add(option);
        }

        _repositories.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var options = new StarterOptions
        {
            File = PlanLoader.Choose(run.Get(_plan)),
            Name = run.Get(_name),
            Repositories = PlannedRepositories.Of(_repositories.Read(run)),
            Sources = run.Get(_sources)!,
            LooksAround = !run.Get(_noSearch),
            Force = run.Get(_force),
        };
        var starter = await new PlanStarter(new PlanSecrets()).MakeAsync(options, run.Cancellation).ConfigureAwait(false);
        List<string> notes = [.. starter.Notes, .. PlanStarter.Write(starter, options.Force)];
        run.Output.Summary(new PlanNewDocument(starter.File, starter.SchemaFile, starter.Sources, notes), CliJson.Documents.PlanNewDocument, text =>
        {
            text.WriteLine($"Wrote {starter.File}, with its schema for editors beside it.");
            foreach (var note in notes)
            {
                text.WriteLine("  " + note);
            }

            text.WriteLine("Complete it, and test it: drtools plan test");
        });
        return ExitCode.Done;
    }
}
