using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Plans;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools strategies</c>: what the four strategies would mean for services.</summary>
internal sealed class StrategiesCommand : CliCommand
{
    private readonly Argument<string?> _plan = PlanArgument.Create();
    private readonly Option<string[]> _services = PlanArgument.Services("Only this service; may be repeated.");
    private readonly Option<int?> _size = NumberOption.Create("--size", "Size of the data of each service, GB: backups take the longer to restore.", 0, 1_000_000_000);

    public StrategiesCommand()
        : base("strategies", "Evaluate the four strategies (backups, pilot light, warm standby, several sites) for the services of a plan, by rules of thumb and the plan's costs.")
    {
        Arguments.Add(_plan);
        Options.Add(_services);
        Options.Add(_size);
    }

    protected override Task<ExitCode> RunAsync(CommandRun run)
    {
        var plan = PlanLoader.Read(PlanLoader.Choose(run.Get(_plan))).Require();
        var evaluated = StrategyAdvisor.Evaluate(plan, run.Get(_services)!, (run.Get(_size) ?? 0) * 1_000_000_000L);
        run.Output.Result(StrategiesDocument.Of(plan, evaluated), CliJson.Documents.StrategiesDocument, text => StrategyLines.Write(text, run.Output.Palette, evaluated));
        return Task.FromResult(ExitCode.Done);
    }
}
