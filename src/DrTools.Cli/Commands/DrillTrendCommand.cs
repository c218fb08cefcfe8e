using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Cli.Secrets;
using DrTools.Drills.History;
using DrTools.Drills.Trends;
using DrTools.Plans;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools drill trend</c>: how the drills went over time.</summary>
internal sealed class DrillTrendCommand : CliCommand
{
    private readonly Option<string?> _plan = PlanArgument.Option();
    private readonly Option<string?> _service = new("--service") { Description = "Only of this service.", HelpName = "NAME" };
    private readonly Option<DrillScenario?> _scenario = ScenarioOption.Create("Only of this scenario.");
    private readonly Option<int?> _days = NumberOption.Create("--days", "Only of the last so many days; all if not given.", 1, 36_500);
    private readonly SecretOptions _secret = SecretOptions.ForOpening();

    public DrillTrendCommand()
        : base("trend", "Measure how drills went over time: share that passed, recovery time and recovery point, time between failures.")
    {
        Options.Add(_plan);
        Options.Add(_service);
        Options.Add(_scenario);
        Options.Add(_days);
        _secret.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var plan = PlanLoader.Read(PlanLoader.Choose(run.Get(_plan))).Require();
        var unreadable = 0;
        var filter = new DrillFilter
        {
            Service = run.Get(_service),
            Scenario = run.Get(_scenario),
            After = run.Get(_days) is { } days ? DateTimeOffset.UtcNow.AddDays(-days) : null,
        };
        var drills = await new PlanHistory(PlanAccess.Secrets(_secret.Read(run))).ListAsync(
            plan,
            filter,
            run.Cancellation,
            e =>
            {
                unreadable++;
                run.Output.Warn($"{e.Message} {e.Remedy}");
            }).ConfigureAwait(false);
        var trends = TrendMeter.Measure(drills);
        run.Output.Result(new TrendsDocument([.. trends.Select(TrendDocument.Of)]), CliJson.Documents.TrendsDocument, text => TrendLines.Write(text, run.Output.Palette, trends));
        return unreadable == 0 ? ExitCode.Done : ExitCode.IntegrityFailure;
    }
}
