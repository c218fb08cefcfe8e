using DrTools.Aws.Protection;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools bucket show</c>: how a bucket is protected, compared with what is wanted.</summary>
internal sealed class BucketShowCommand : CliCommand
{
    private readonly BucketOptions _options = new();

    public BucketShowCommand()
        : base("show", "Show how a bucket is protected, compare that with what is wanted, and name what harms the repository.") => _options.AddTo(this);

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var location = _options.Location(run);
        var settings = await BucketProtection.CompareAsync(location, _options.Read(run), run.Cancellation).ConfigureAwait(false);
        var document = BucketDocument.Of(location, dryRun: true, settings);
        run.Output.Result(document, CliJson.Documents.BucketDocument, text => BucketTable.Write(settings, text, run.Output.Palette));
        return document.Passed ? ExitCode.Done : ExitCode.Failed;
    }
}
