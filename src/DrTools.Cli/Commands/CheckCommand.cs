using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Repositories;
using DrTools.Verification;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools check</c>: verifies what belongs to no single backup.</summary>
internal sealed class CheckCommand() : RepositoryCommand("check", "Verify what belongs to no single backup: header, journal, pins, stray objects.")
{
    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var check = await new VerificationEngine(repository, new VerifyOptions()).CheckRepositoryAsync(run.Cancellation).ConfigureAwait(false);
        run.Output.Result(CheckDocument.Of(check), CliJson.Documents.CheckDocument, _ => { });
        run.Output.Text(important: !check.Passed, text => CheckLines.Write(text, run.Output.Palette, check));
        return check.Passed ? ExitCode.Done : ExitCode.IntegrityFailure;
    }
}
