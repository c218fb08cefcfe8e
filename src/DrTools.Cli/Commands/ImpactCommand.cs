using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Plans;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools impact</c>: what the absence of services costs.</summary>
internal sealed class ImpactCommand : CliCommand
{
    private readonly Argument<string?> _plan = PlanArgument.Create();
    private readonly Option<string[]> _services = PlanArgument.Services("Only this service; may be repeated.");
    private readonly Option<string[]> _away = new("--away") { Description = $"Also for an absence of so long: {PlanDuration.Syntax}; may be repeated.", HelpName = "DURATION" };

    public ImpactCommand()
        : base("impact", "Tell what the absence of the services of a plan costs: within their objectives, and with each strategy.")
    {
        Arguments.Add(_plan);
        Options.Add(_services);
        Options.Add(_away);
    }

    protected override Task<ExitCode> RunAsync(CommandRun run)
    {
        var away = run.Get(_away)!.Select(PlanDuration.Parse).ToList();
        var plan = PlanLoader.Read(PlanLoader.Choose(run.Get(_plan))).Require();
        var impact = StrategyAdvisor.Impact(plan, run.Get(_services)!, away);
        run.Output.Result(ImpactDocument.Of(plan, impact), CliJson.Documents.ImpactDocument, text => StrategyLines.Write(text, run.Output.Palette, impact));
        return Task.FromResult(ExitCode.Done);
    }
}
