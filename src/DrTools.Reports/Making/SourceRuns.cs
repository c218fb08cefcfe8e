using DrTools.Backup;
using DrTools.Repositories.Journal;
using DrTools.Reports.Evidence;
using DrTools.Verification;

namespace DrTools.Reports.Making;

/// <summary>What the journals say of one source.</summary>
internal sealed class SourceRuns
{
    private SourceRuns(ReportedSource source) => Source = source;

    /// <summary>The source.</summary>
    public ReportedSource Source { get; }

    /// <summary>Backups that were taken, whole or partial, the oldest first.</summary>
    public required IReadOnlyList<BackupFigures> Taken { get; init; }

    /// <summary>Ids of those that are partial.</summary>
    public required IReadOnlySet<string> Partial { get; init; }

    /// <summary>Backups that were begun and came to nothing.</summary>
    public required IReadOnlyList<(RunRecord Run, RecordReference Record)> Failed { get; init; }

    /// <summary>Verifications, restores and drills with it, from every repository, in the order of their start.</summary>
    public required IReadOnlyList<(RunRecord Run, RecordReference Record)> Proofs { get; init; }

    /// <summary>When each backup was last restored as a whole and came back, by its id.</summary>
    public required IReadOnlyDictionary<string, DateTimeOffset> Restored { get; init; }

    /// <summary>Ids of backups that expiry has removed from the repository that backups are taken into.</summary>
    public required IReadOnlySet<string> Removed { get; init; }

    /// <summary>Sorts out what concerns a source.</summary>
    public static SourceRuns Of(ReportedSource source, IReadOnlyList<RepositoryRecords> repositories, DateTimeOffset end)
    {
        var first = repositories.FirstOrDefault(r => string.Equals(r.Name, source.Repositories[0], StringComparison.OrdinalIgnoreCase));
        var runs = (first?.Runs ?? []).Where(r => r.Started < end).ToList();
        var backups = runs.Where(r => r.Operation == "backup" && r.Source == source.Source && r.Host == source.Host).ToList();
        var taken = backups.Where(r => r.Outcome is RunOutcome.Succeeded or RunOutcome.Partial && r.BackupId is not null).OrderBy(r => r.Started).ToList();
        var places = repositories.Where(r => source.Repositories.Contains(r.Name, StringComparer.OrdinalIgnoreCase)).DistinctBy(r => r.Id);

        // The same backup has the same id wherever it was copied to; so a host's own are told from those of another with the same path.
        var own = taken.Select(r => r.BackupId!).ToHashSet(StringComparer.Ordinal);
        var entries = taken.GroupBy(r => r.BackupId!, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First().Entries, StringComparer.Ordinal);
        return new SourceRuns(source)
        {
            Restored = places.SelectMany(p => p.Runs)
                .Where(r => r.Started < end && r.Source == source.Source && IsSound(r) && r.BackupId is { } id && entries.TryGetValue(id, out var all) && IsWholeRestore(r, all))
                .GroupBy(r => r.BackupId!, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Max(r => r.Started), StringComparer.Ordinal),
            Taken = [.. taken.Select(r => new BackupFigures(r.BackupId!, Enum.TryParse<BackupType>(r.Mode, out var type) ? type : BackupType.Incremental, r.Started, r.Duration, r.Bytes, r.StoredBytes, new RecordReference(first!.Name, r.Sequence)))],
            Partial = taken.Where(r => r.Outcome == RunOutcome.Partial).Select(r => r.BackupId!).ToHashSet(StringComparer.Ordinal),
            Failed = [.. backups.Where(r => r.Outcome is RunOutcome.Failed or RunOutcome.Interrupted or RunOutcome.Abandoned).OrderBy(r => r.Started).Select(r => (r, new RecordReference(first!.Name, r.Sequence)))],
            Proofs =
            [
                .. places.SelectMany(p => p.Runs.Where(r => r.Started < end && r.Operation is "verify" or "restore" or "recover" or "drill" && r.Source == source.Source && (r.BackupId is null || own.Contains(r.BackupId)))
                    .Select(r => (r, new RecordReference(p.Name, r.Sequence)))).OrderBy(p => p.r.Started).ThenBy(p => p.Item2.Sequence),
            ],
            Removed = runs.SelectMany(r => r.RemovedBackups ?? []).ToHashSet(StringComparer.Ordinal),
        };
    }

    /// <summary>Whether a run has restored all of a backup: a drill does so too, which the journal says by itself. One file of a
    /// backup tells nothing of the others.</summary>
    private static bool IsWholeRestore(RunRecord run, long entries) => run.Operation switch
    {
        "verify" => run.Mode == nameof(VerifyLevel.Restore),
        "restore" => run.Mode is null ? run.Entries >= entries : run.Mode == "logical",
        _ => false,
    };

    /// <summary>What a run proves of backups, if it is to prove something.</summary>
    public static string? KindOfProof(RunRecord run) => run.Operation switch
    {
        "restore" or "drill" => "restore",
        "verify" when run.Mode is null => null,
        "verify" when run.Mode == nameof(VerifyLevel.Catalog) => "catalog",
        "verify" when run.Mode == nameof(VerifyLevel.Content) => "content",
        "verify" when run.Mode == nameof(VerifyLevel.Restore) => "restore",
        "verify" when run.Mode.StartsWith(nameof(VerifyLevel.Content), StringComparison.Ordinal) => "sample",
        _ => null,
    };

    /// <summary>Whether a run came to what it was to come to.</summary>
    public static bool IsSound(RunRecord run) => run.Outcome == RunOutcome.Succeeded;
}
