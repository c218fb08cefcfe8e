using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Cli.Secrets;
using DrTools.Plans;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools objectives</c>: what would be lost now, and how long it would take to be back.</summary>
internal sealed class ObjectivesCommand : CliCommand
{
    private readonly Argument<string?> _plan = PlanArgument.Create();
    private readonly Option<string[]> _services = PlanArgument.Services("Only this service; may be repeated.");
    private readonly SecretOptions _secret = SecretOptions.ForOpening();

    public ObjectivesCommand()
        : base("objectives", "Measure what would be lost of each service of a plan if it failed this minute, and how long it would take to be back, against its objectives.")
    {
        Arguments.Add(_plan);
        Options.Add(_services);
        _secret.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var plan = PlanLoader.Read(PlanLoader.Choose(run.Get(_plan))).Require();
        var measured = await new ObjectiveMeter(PlanAccess.Secrets(_secret.Read(run))).RunAsync(plan, run.Get(_services)!, run.Cancellation).ConfigureAwait(false);
        var met = measured.All(m => m.RpoMet == true && m.RtoMet == true);
        run.Output.Result(ObjectivesDocument.Of(plan, met, measured), CliJson.Documents.ObjectivesDocument, text => ObjectiveLines.Write(text, run.Output.Palette, measured));
        return met ? ExitCode.Done : ExitCode.Failed;
    }
}
