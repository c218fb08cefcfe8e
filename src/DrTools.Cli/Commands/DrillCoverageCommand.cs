using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Cli.Secrets;
using DrTools.Drills.Coverage;
using DrTools.Plans;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools drill coverage</c>: which kept backups were ever restored, and when the others are to be.</summary>
internal sealed class DrillCoverageCommand : CliCommand
{
    private readonly Option<string?> _plan = PlanArgument.Option();
    private readonly Option<string[]> _services = PlanArgument.Services("Only of this service; may be repeated.");
    private readonly SecretOptions _secret = SecretOptions.ForOpening();

    public DrillCoverageCommand()
        : base("coverage", "Tell which of the kept backups were restored within a year, by drills or otherwise, and when the others are to be.")
    {
        Options.Add(_plan);
        Options.Add(_services);
        _secret.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var secret = _secret.Read(run);
        var plan = PlanLoader.Read(PlanLoader.Choose(run.Get(_plan))).Require();
        var coverages = await new CoverageMeter(PlanAccess.Secrets(secret)).RunAsync(plan, run.Get(_services)!, run.Cancellation).ConfigureAwait(false);
        run.Output.Result(new DrillCoveragesDocument([.. coverages.Select(DrillCoverageDocument.Of)]), CliJson.Documents.DrillCoveragesDocument, text => CoverageLines.Write(text, run.Output.Palette, coverages));
        return coverages.All(c => c.Passed) ? ExitCode.Done : ExitCode.Failed;
    }
}
