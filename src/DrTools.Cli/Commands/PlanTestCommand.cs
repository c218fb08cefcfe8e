using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Cli.Secrets;
using DrTools.Plans;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools plan test</c>: whether a plan makes sense, and whether reality is as it says.</summary>
internal sealed class PlanTestCommand : CliCommand
{
    private readonly Argument<string?> _plan = PlanArgument.Create();
    private readonly Option<string[]> _services = PlanArgument.Services("Compare only this service with reality; may be repeated.");
    private readonly Option<bool> _fileOnly = new("--file-only") { Description = "Read the file and ask nobody anything." };
    private readonly SecretOptions _secret = SecretOptions.ForOpening();

    public PlanTestCommand()
        : base("test", "Tell every problem of a plan, and compare the plan with reality: repositories, sources, backups, retention, copies, objectives.")
    {
        Arguments.Add(_plan);
        Options.Add(_services);
        Options.Add(_fileOnly);
        _secret.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var secret = _secret.Read(run);
        var read = PlanLoader.Read(PlanLoader.Choose(run.Get(_plan)));
        var test = new PlanTest(PlanAccess.Secrets(secret));
        var result = run.Get(_fileOnly) ? test.Read(read) : await test.RunAsync(read, run.Get(_services)!, run.Cancellation).ConfigureAwait(false);
        run.Output.Result(PlanTestDocument.Of(result), CliJson.Documents.PlanTestDocument, _ => { });
        run.Output.Text(important: !result.Passed, text => PlanTestLines.Write(text, run.Output.Palette, result));
        return result.Passed ? ExitCode.Done : ExitCode.Failed;
    }
}
