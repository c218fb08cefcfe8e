using System.CommandLine;
using DrTools.Aws.Protection;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools bucket protect</c>: makes the protection of a bucket what it is to be.</summary>
internal sealed class BucketProtectCommand : CliCommand
{
    private readonly BucketOptions _options = new();
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Show what would be changed, setting by setting, and change nothing." };

    public BucketProtectCommand()
        : base("protect", "Make the protection of a bucket what it is to be. What is not named stays as it is, and so do the rules of others.")
    {
        _options.AddTo(this);
        Options.Add(_dryRun);
    }

    protected override string WhenInterrupted => "Some settings were changed and some were not (drtools bucket show); run it again.";

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var location = _options.Location(run);
        var options = _options.Read(run);
        var dryRun = run.Get(_dryRun);
        if (options == new BucketProtectionOptions())
        {
            throw new DrException(DrError.BadUsage, "Nothing was said of how the bucket is to be protected.", "Name a setting (--versioning on, --block-public-access on, …), or look at what there is: drtools bucket show.");
        }

        var settings = dryRun
            ? await BucketProtection.CompareAsync(location, options, run.Cancellation).ConfigureAwait(false)
            : await BucketProtection.ApplyAsync(location, options, run.Cancellation).ConfigureAwait(false);
        run.Output.Result(BucketDocument.Of(location, dryRun, settings), CliJson.Documents.BucketDocument, text =>
        {
            BucketTable.Write(settings, text, run.Output.Palette);
            var differing = settings.Count(s => s.State is BucketSettingState.Drifted or BucketSettingState.Changed);
            text.WriteLine(differing == 0 ? "Nothing to change." : dryRun ? $"Would change {Figures.Count(differing, "setting")}." : $"Changed {Figures.Count(differing, "setting")}.");
        });

        // What a dry run would change is no failure; what cannot be had, and what does harm, is one in either case.
        return settings.All(s => s.Passed || (dryRun && s.State == BucketSettingState.Drifted)) ? ExitCode.Done : ExitCode.Failed;
    }
}
