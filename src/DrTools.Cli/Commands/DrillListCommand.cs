using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Cli.Secrets;
using DrTools.Drills.History;
using DrTools.Plans;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools drill list</c>: the drills that were held.</summary>
internal sealed class DrillListCommand : CliCommand
{
    private readonly Option<string?> _plan = PlanArgument.Option();
    private readonly Option<string?> _service = new("--service") { Description = "Only of this service.", HelpName = "NAME" };
    private readonly Option<DrillScenario?> _scenario = ScenarioOption.Create("Only of this scenario.");
    private readonly Option<int?> _last = NumberOption.Create("--last", "How many at most; 20 if not given.", 1, int.MaxValue);
    private readonly SecretOptions _secret = SecretOptions.ForOpening();

    public DrillListCommand()
        : base("list", "List the drills that were held, the oldest first.")
    {
        Options.Add(_plan);
        Options.Add(_service);
        Options.Add(_scenario);
        Options.Add(_last);
        _secret.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var secret = _secret.Read(run);
        var plan = PlanLoader.Read(PlanLoader.Choose(run.Get(_plan))).Require();
        var unreadable = 0;
        var drills = await new PlanHistory(PlanAccess.Secrets(secret)).ListAsync(
            plan,
            new DrillFilter { Service = run.Get(_service), Scenario = run.Get(_scenario), Last = run.Get(_last) ?? 20 },
            run.Cancellation,
            e =>
            {
                unreadable++;
                run.Output.Warn($"{e.Message} {e.Remedy}");
            }).ConfigureAwait(false);
        run.Output.Result(new DrillsDocument([.. drills.Select(DrillDocument.Of)]), CliJson.Documents.DrillsDocument, text => DrillLines.WriteTable(text, run.Output.Palette, drills));
        return unreadable == 0 ? ExitCode.Done : ExitCode.IntegrityFailure;
    }
}
