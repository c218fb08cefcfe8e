using System.CommandLine;
using DrTools.Backup;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Plans;
using DrTools.PostgreSql;
using DrTools.Repositories;
using DrTools.Verification;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools verify</c>: proves that backups can be restored, as far as the level goes.</summary>
internal sealed class VerifyCommand : RepositoryCommand
{
    private readonly Argument<string?> _backup = BackupArgument.Optional("Without one: the repository check and every backup.");
    private readonly Option<string?> _source = SourceOption.Create("Only backups of this source.");
    private readonly Option<VerifyLevel?> _level = ChoiceOption.Create<VerifyLevel>("--level", "How deeply; catalog if not given.");
    private readonly Option<int?> _percent = NumberOption.Create("--percent", "Share of the packs that level content reads, chosen at random; all if not given.", 1, 100);
    private readonly Option<string[]> _assertions = new("--assert") { Description = "Level restore: a query that must return true on the restored copy; of PostgreSQL '[database] select …'; may be repeated.", HelpName = "SQL" };
    private readonly Option<bool> _thorough = new("--thorough") { Description = "Level restore: also the source's checks that take long." };
    private readonly Option<string?> _scratch = new("--scratch-dir") { Description = "Level restore: where the copy is made; among the temporary files if not given.", HelpName = "DIR" };
    private readonly Option<string?> _programs = new("--pg-bin") { Description = "Level restore, PostgreSQL: where the server's programs are looked for first.", HelpName = "DIR" };

    public VerifyCommand()
        : base("verify", "Verify backups.")
    {
        Arguments.Add(_backup);
        Options.Add(_source);
        Options.Add(_level);
        Options.Add(_percent);
        Options.Add(_assertions);
        Options.Add(_thorough);
        Options.Add(_scratch);
        Options.Add(_programs);
        TakeServices("Only backups of this service of the plan, in the repository that they are taken into, or in --repo; 'latest' is the newest of each of its sources.");
    }

    protected override string WhenInterrupted => "The verification is not complete; the repository was only read.";

    protected override string? SourceName(CommandRun run) => run.GetSource(_source);

    protected override void Validate(CommandRun run)
    {
        if (run.Get(_assertions)!.Length > 0 && run.Get(_level) != VerifyLevel.Restore)
        {
            throw new DrException(DrError.BadUsage, "--assert is asked of a restored copy, and nothing is restored at this level.", "Add --level restore.");
        }
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var engine = new VerificationEngine(
            repository,
            new VerifyOptions
            {
                Level = run.Get(_level) ?? VerifyLevel.Catalog,
                Percent = run.Get(_percent) ?? 100,
                Assertions = run.Get(_assertions)!,
                Thorough = run.Get(_thorough),
                WorkFolder = run.Get(_scratch),
                Provider = new PostgreSqlOptions { ProgramFolder = run.Get(_programs) },
            });
        RepositoryCheckResult? check = null;
        if (run.Get(_backup) is null)
        {
            check = await engine.CheckRepositoryAsync(run.Cancellation).ConfigureAwait(false);
            run.Output.Text(important: !check.Passed, text => CheckLines.Write(text, run.Output.Palette, check));
        }

        var passed = check?.Passed ?? true;
        var verified = new List<VerifiedBackupDocument>();
        foreach (var backup in await SelectAsync(run, repository).ConfigureAwait(false))
        {
            var result = await VerifyAsync(run, engine, backup).ConfigureAwait(false);
            run.Output.Text(important: !result.Passed, text => Write(text, run.Output.Palette, result));
            foreach (var note in result.Notes)
            {
                run.Output.Warn(note);
            }

            verified.Add(VerifiedBackupDocument.Of(result));
            passed &= result.Passed;
        }

        run.Output.Result(
            new VerificationDocument(passed, check is null ? null : CheckDocument.Of(check), verified),
            CliJson.Documents.VerificationDocument,
            _ => { });
        return passed ? ExitCode.Done : ExitCode.IntegrityFailure;
    }

    /// <summary>Damaged manifests are findings of the repository check, which runs whenever every backup is meant.</summary>
    private async Task<IReadOnlyList<BackupInfo>> SelectAsync(CommandRun run, Repository repository)
    {
        var catalog = new BackupCatalog(repository);
        var source = run.GetSource(_source);
        if (run.Selection is { } selection)
        {
            return await SelectAsync(run, catalog, selection).ConfigureAwait(false);
        }

        return run.Get(_backup) is { } reference
            ? [await catalog.FindAsync(reference, source, run.Cancellation).ConfigureAwait(false)]
            : await catalog.ListAsync(new BackupFilter { Source = source }, run.Cancellation, _ => { }).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<BackupInfo>> SelectAsync(CommandRun run, BackupCatalog catalog, PlannedSelection selection)
    {
        if (run.Get(_backup) is { } reference && reference != "latest")
        {
            return [await catalog.FindAsync(reference, null, run.Cancellation).ConfigureAwait(false)];
        }

        var backups = (await catalog.ListAsync(new BackupFilter(), run.Cancellation, _ => { }).ConfigureAwait(false)).Where(selection.Holds);
        List<BackupInfo> chosen = [.. run.Get(_backup) is null ? backups : backups.GroupBy(b => b.Source).Select(g => g.Last())];
        return selection.Sources.FirstOrDefault(s => chosen.TrueForAll(b => b.Source != s.Source)) is { } without
            ? throw new DrException(DrError.BackupMissing, $"There is no backup of {without.Source}, a source of {selection.Service.Name}, in {selection.Repository.Location}: nothing of it can be verified.", $"Take one: drtools backup --service {selection.Service.Name}.")
            : chosen;
    }

    private static async Task<VerifyResult> VerifyAsync(CommandRun run, VerificationEngine engine, BackupInfo backup)
    {
        using var progress = run.Output.StartProgress(backup.Id);
        return await engine.VerifyAsync(
            backup.Id,
            progress.Of<VerifyProgress>(p => new ProgressState(p.Bytes, p.TotalBytes, p.CurrentObject)),
            run.Cancellation).ConfigureAwait(false);
    }

    private static void Write(TextWriter text, Palette palette, VerifyResult result)
    {
        var verdict = result.Passed ? palette.Paint("passed", Tone.Good) : palette.Paint("FAILED", Tone.Bad);
        var share = result.Percent < 100 ? $" {result.Percent} %" : string.Empty;
        var read = result.Level == VerifyLevel.Catalog ? string.Empty : $" {Figures.Bytes(result.CheckedBytes)} read,";
        text.WriteLine($"{result.BackupId}  {verdict}  {Scalars.Word(result.Level)}{share},{read} {Figures.Duration(result.Duration)}  {result.Backup?.Source}");
        FindingLines.Write(text, palette, result.Findings);
        FindingLines.Write(text, palette, result.Checks);
        if (result.Passed)
        {
            text.WriteLine("  " + result.Proves);
        }
    }
}
