using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Cli.Secrets;
using DrTools.Plans;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools cost</c>: what recovery costs, now and in a year.</summary>
internal sealed class CostCommand : CliCommand
{
    private readonly Argument<string?> _plan = PlanArgument.Create();
    private readonly SecretOptions _secret = SecretOptions.ForOpening();

    public CostCommand()
        : base("cost", "Estimate what recovery costs: storage as it is and as it grows, sites and transfer, at the prices of the plan; and what each strategy saves.")
    {
        Arguments.Add(_plan);
        _secret.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var plan = PlanLoader.Read(PlanLoader.Choose(run.Get(_plan))).Require();
        var estimate = await new CostEstimator(PlanAccess.Secrets(_secret.Read(run))).RunAsync(plan, run.Cancellation).ConfigureAwait(false);
        run.Output.Result(CostDocument.Of(estimate), CliJson.Documents.CostDocument, text => CostLines.Write(text, run.Output.Palette, estimate));
        return ExitCode.Done;
    }
}
