using DrTools.Backup;
using DrTools.PostgreSql.Logical;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Verification;

namespace DrTools.Drills.Coverage;

/// <summary>When the backups of a repository were restored, by its journal and by what drills came to.</summary>
internal sealed class BackupTests
{
    private readonly ILookup<string?, RunRecord> _runs;

    private BackupTests(IEnumerable<RunRecord> runs) => _runs = runs.ToLookup(r => r.BackupId, StringComparer.Ordinal);

    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/> naming a record that is damaged.</exception>
    public static async Task<BackupTests> ReadAsync(Repository repository, CancellationToken cancellationToken) =>
        new((await repository.Journal.ReadAsync(int.MaxValue, cancellationToken).ConfigureAwait(false)).Where(r => r.Operation is "restore" or "verify" && r.BackupId is not null));

    /// <summary>The tests of a backup, the oldest first.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="drills">Drills that may have been held with it there.</param>
    public IReadOnlyList<BackupTest> Of(BackupInfo backup, IReadOnlyList<DrillResult> drills)
    {
        var held = drills.Where(d => d.Backups.Any(b => b.BackupId == backup.Id && b.Source == backup.Source)).ToList();

        // A drill restores and verifies as well, which the journal says too.
        var runs = _runs[backup.Id].Where(r => !held.Exists(d => r.Started >= d.Started && r.Started <= d.Finished && r.Host == d.Host));
        return [.. held.Select(d => Of(d, backup)).Concat(runs.Select(r => Of(r, backup)).OfType<BackupTest>()).OrderBy(t => t.Started)];
    }

    /// <summary>When a backup was last restored, be it in vain.</summary>
    public DateTimeOffset? LastOf(BackupInfo backup) => Of(backup, []) is [.., var last] ? last.Started : null;

    /// <summary>A drill that misses an objective, or finds no application, has tested its backup all the same.</summary>
    private static BackupTest Of(DrillResult drill, BackupInfo backup)
    {
        var used = drill.Backups.First(b => b.BackupId == backup.Id && b.Source == backup.Source);
        var wrong = drill.Checks.FirstOrDefault(c => c.IsInTheWay && c.Source == backup.Source && c.Kind is DrillCheckKind.BackupIntegrity or DrillCheckKind.Recovered or DrillCheckKind.Consistency);
        var passed = used.RestoreDuration is not null && wrong is null;
        return new BackupTest(BackupTestKind.Drill, drill.Started, passed, wrong is null ? $"{DrillScope.Word(drill.Scenario)}, {drill.Level.ToString().ToLowerInvariant()}" : $"{wrong.Name}: {wrong.Detail}");
    }

    private static BackupTest? Of(RunRecord run, BackupInfo backup) => run switch
    {
        { Operation: "verify" } when run.Mode == nameof(VerifyLevel.Restore) => Of(run, BackupTestKind.Verification),
        { Operation: "restore", Outcome: not RunOutcome.Interrupted } when IsWhole(run, backup) => Of(run, BackupTestKind.Restore),
        _ => null,
    };

    private static BackupTest Of(RunRecord run, BackupTestKind kind) => new(kind, run.Started, run.Outcome == RunOutcome.Succeeded, run.Error ?? run.Detail);

    /// <summary>One file of a backup tells nothing of the others.</summary>
    private static bool IsWhole(RunRecord run, BackupInfo backup) =>
        run.Mode == "logical" ? LogicalDumps.DatabasesOf(backup.Facts).Count == 1 : run.Mode is null && run.Entries >= backup.Files + backup.Directories + backup.Others;
}
