using DrTools.Repositories.Journal;

namespace DrTools.Verification;

/// <summary>Which backups there should be, by what the journal says.</summary>
internal sealed class BackupHistory
{
    private readonly SortedDictionary<string, string?> _taken = new(StringComparer.Ordinal);
    private readonly HashSet<string> _removed = new(StringComparer.Ordinal);

    /// <summary>Takes a record; of one that is damaged nothing is known.</summary>
    public void Add(RunRecord? run)
    {
        if (run is { Operation: "backup" or "copy", BackupId: { } id, Outcome: RunOutcome.Succeeded or RunOutcome.Partial })
        {
            _taken[id] = run.Source;
        }

        _removed.UnionWith(run?.RemovedBackups ?? []);
    }

    /// <summary>Backups that were taken, were not removed and are not among those that are there.</summary>
    public IEnumerable<(string Id, string? Source)> Vanished(IReadOnlySet<string> present) =>
        _taken.Where(t => !present.Contains(t.Key) && !_removed.Contains(t.Key)).Select(t => (t.Key, t.Value));
}
