using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Repositories.Leases;
using DrTools.Repositories.Logs;

namespace DrTools.Expiry;

/// <summary>
/// Removes logs that no kept backup needs. They are listed before anything else is looked at, and decided about last, by the
/// backups that are there then. A backup that is running has not said yet where its logs begin; but they do not begin
/// long before it took its lease, and so what is younger than that, less a day, stays.
/// </summary>
internal sealed class LogExpiry(Repository repository, IReadOnlyList<StoredLog> logs)
{
    /// <summary>A standby's backup begins at its last restartpoint, which lies before the lease.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromDays(1);

    public static async ValueTask<LogExpiry> ListAsync(Repository repository, CancellationToken cancellationToken)
    {
        var logs = new List<StoredLog>();
        await foreach (var log in new LogArchive(repository).ListAsync(null, cancellationToken).ConfigureAwait(false))
        {
            logs.Add(log);
        }

        return new LogExpiry(repository, logs);
    }

    /// <param name="kept">Backups that are kept; <see langword="null"/> when it is not known what all of them need.</param>
    /// <param name="live">Leases that are held.</param>
    /// <param name="options">How far back every moment must stay restorable.</param>
    /// <param name="now">The present.</param>
    /// <param name="lease">The lease of this expiry; <see langword="null"/> for a dry run, which removes nothing.</param>
    /// <param name="locked">Takes those that cannot be removed.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async ValueTask<IReadOnlyList<LogSeriesExpiry>> RunAsync(
        IReadOnlyList<BackupInfo>? kept, IReadOnlyList<LeaseRecord> live, ExpiryOptions options, DateTimeOffset now, Lease? lease, LockedObjects locked, CancellationToken cancellationToken)
    {
        var settled = live.Where(l => l.Operation != "expire").Select(l => l.AcquiredAt).Append(now).Min() - Grace;
        var archive = new LogArchive(repository);
        var results = new List<LogSeriesExpiry>();
        foreach (var series in logs.GroupBy(l => l.Name.Series))
        {
            var request = new LogRetentionRequest
            {
                Series = series.Key,
                Logs = [.. series],
                Backups = kept ?? [],
                Window = WindowOf(series.Key, kept ?? [], options),
                Now = now,
                Read = archive.TryReadAll,
            };
            var decisions = Decide(request, kept is not null, settled);
            var removed = decisions.Where(d => !d.Keep).Select(d => d.Log).ToList();
            if (lease is not null)
            {
                var gone = new List<StoredLog>();
                foreach (var log in removed)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    lease.ThrowIfLapsed();
                    if (await locked.TryDeleteAsync(log.Name.ObjectName, cancellationToken).ConfigureAwait(false))
                    {
                        gone.Add(log);
                    }
                }

                removed = gone;
            }

            results.Add(new LogSeriesExpiry(
                series.Key,
                removed.Count,
                removed.Sum(l => l.StoredLength),
                decisions.Count - removed.Count,
                removed.Count == 0 ? null : removed[0].Name.Name,
                removed.Count == 0 ? null : removed[^1].Name.Name,
                [.. decisions.Where(d => d.Keep).GroupBy(d => d.Reason).Select(g => $"{g.Key}: {g.Count()}")]));
        }

        return results;
    }

    private static TimeSpan? WindowOf(string series, IReadOnlyList<BackupInfo> kept, ExpiryOptions options) => options.BySource is { } bySource
        ? LogRetentions.Find(series) is { } retention ? SourceRetention.WindowOf(bySource, kept.Where(b => retention.Concerns(series, b))) : null
        : options.LogWindow;

    private static IReadOnlyList<LogDecision> Decide(LogRetentionRequest request, bool isAllKnown, DateTimeOffset settled)
    {
        if (!isAllKnown)
        {
            return KeepAll("a manifest is damaged, and what its backup needs is unknown");
        }

        if (LogRetentions.Find(request.Series) is not { } retention)
        {
            return KeepAll("nothing here knows logs of this kind");
        }

        var decisions = retention.Plan(request);
        return [.. decisions.Select(d => !d.Keep && d.Log.Stored > settled ? d with { Keep = true, Reason = "so young that a running backup may need it" } : d)];

        IReadOnlyList<LogDecision> KeepAll(string reason) => [.. request.Logs.Select(l => new LogDecision(l, true, reason))];
    }
}
