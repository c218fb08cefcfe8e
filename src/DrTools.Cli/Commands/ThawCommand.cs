using System.CommandLine;
using DrTools.Backup;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Repositories;
using DrTools.Stores;
using DrTools.Thawing;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools thaw</c>: asks for what of a backup lies in an archive class.</summary>
internal sealed class ThawCommand : RepositoryCommand
{
    private readonly Argument<string> _backup = BackupArgument.One();
    private readonly Option<string?> _source = SourceOption.Create("The source, where 'latest' would not say which.");
    private readonly Option<ThawTier?> _tier = ChoiceOption.Create<ThawTier>("--tier", "How fast, and at what price (default: standard).");
    private readonly Option<int?> _days = NumberOption.Create("--days", "How many days what is thawed stays readable (default: 7).", 1, 365);
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what must be thawed and how long it takes, and ask for nothing." };

    public ThawCommand()
        : base("thaw", "Ask for what of a backup lies in an archive class (Glacier), so that it can be restored. Run it again to see how far it is.")
    {
        Arguments.Add(_backup);
        foreach (var option in new Option[] { _source, _tier, _days, _dryRun })
        {
            Options.Add(option);
        }
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var backup = await new BackupCatalog(repository).FindAsync(run.Get(_backup)!, run.GetSource(_source), run.Cancellation).ConfigureAwait(false);
        var engine = new ThawEngine(repository);
        var result = run.Get(_dryRun)
            ? await engine.PlanAsync(backup, run.Cancellation).ConfigureAwait(false)
            : await engine.RequestAsync(backup, run.Get(_tier) ?? ThawTier.Standard, run.Get(_days) ?? 7, run.Cancellation).ConfigureAwait(false);
        run.Output.Summary(ThawDocument.Of(result), CliJson.Documents.ThawDocument, text =>
        {
            if (result.Requested > 0)
            {
                text.WriteLine($"Asked for {Figures.Count(result.Requested, "pack")} of {backup.Id}.");
            }

            text.WriteLine(result.IsReadable
                ? $"{backup.Id} of {backup.Source} can be restored now{(result.Readable > 0 ? $": {Figures.Count(result.Readable, "pack")} in {string.Join(" and ", result.StorageClasses)} can be read" : string.Empty)}."
                : result.Statement);
        });
        return ExitCode.Done;
    }
}
