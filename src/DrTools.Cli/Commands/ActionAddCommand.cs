using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Cli.Secrets;
using DrTools.Drills.Actions;
using DrTools.Plans;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools action add</c>: writes down what is to be made better and no drill has found.</summary>
internal sealed class ActionAddCommand : CliCommand
{
    private readonly Argument<string> _service = new("service") { Description = "The service of the plan that it is about." };
    private readonly Argument<string> _title = new("title") { Description = "What is to be done." };
    private readonly Option<string?> _plan = PlanArgument.Option();
    private readonly Option<string?> _problem = new("--problem") { Description = "What is wrong.", HelpName = "TEXT" };
    private readonly ActionChangeOptions _change = new();
    private readonly SecretOptions _secret = SecretOptions.ForOpening();

    public ActionAddCommand()
        : base("add", "Write down what is to be made better and no drill has found.")
    {
        Arguments.Add(_service);
        Arguments.Add(_title);
        Options.Add(_plan);
        Options.Add(_problem);
        _change.AddTo(this);
        _secret.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var plan = PlanLoader.Read(PlanLoader.Choose(run.Get(_plan))).Require();
        var action = await new PlanActions(PlanAccess.Secrets(_secret.Read(run)))
            .AddAsync(plan, run.Get(_service)!, _change.Read(run) with { Title = run.Get(_title), Problem = run.Get(_problem) }, run.Cancellation).ConfigureAwait(false);
        run.Output.Summary(ActionDocument.Of(action), CliJson.Documents.ActionDocument, text => ActionLines.Write(text, run.Output.Palette, action));
        return ExitCode.Done;
    }
}
