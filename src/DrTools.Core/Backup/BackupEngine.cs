using System.Threading.Channels;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Repositories.Leases;
using DrTools.Repositories.Manifests;
using DrTools.Sources;

namespace DrTools.Backup;

/// <summary>
/// Takes backups. A backup holds the lease of its source, stores what the repository does not have, and exists from
/// the moment its manifest is created; every attempt leaves a record in the journal.
/// </summary>
public sealed class BackupEngine(Repository repository)
{
    /// <summary>Takes one backup of a source.</summary>
    /// <exception cref="DrException"><see cref="DrError.LeaseHeld"/> when one is being taken already,
    /// <see cref="DrError.SourceMissing"/>, <see cref="DrError.OutOfSpace"/> and whatever else the source or the store
    /// says; nothing that was in the repository is affected.</exception>
    public async Task<BackupResult> RunAsync(ISource source, BackupOptions options, IProgress<BackupProgress>? progress, CancellationToken cancellationToken)
    {
        var before = repository.Store.Traffic;
        var id = BackupId.New(repository.Time.GetUtcNow());
        var tag = ManifestName.TagOf(repository.Key, options.Host, source.Name);
        var wanted = LeaseRecord.For("backup") with { PackOwners = [id], Source = source.Name };
        var lease = await repository.Leases.AcquireAsync($"source-{tag}", wanted, cancellationToken).ConfigureAwait(false);
        await using (lease.ConfigureAwait(false))
        {
            var run = new BackupRun(repository, source, options, id, tag, lease);
            var started = repository.Time.GetUtcNow();
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lease.Lost);
            try
            {
                await ReportAbandonedAsync(lease.Abandoned, source, stop.Token).ConfigureAwait(false);
                var result = await run.ExecuteAsync(progress, stop.Token).ConfigureAwait(false);
                var record = Record(result.Backup, started, options) with { Traffic = repository.TrafficSince(before) };
                var note = await repository.Journal.TryAppendAsync(record).ConfigureAwait(false);
                result = result with { Backup = result.Backup with { Traffic = repository.TrafficSince(before) } };
                return note is null ? result : result with { Notes = [.. result.Notes, note] };
            }
            catch (Exception e)
            {
                var failure = lease.Lost.IsCancellationRequested && e is OperationCanceledException ? run.LeaseLost(e) : e;
                await FailureRecord.TryAppendAsync(
                    repository,
                    new RunRecord
                    {
                        Operation = "backup",
                        Outcome = RunOutcome.Failed,
                        Started = started,
                        Finished = repository.Time.GetUtcNow(),
                        Source = source.Name,
                        Mode = options.Type.ToString(),
                        Reason = options.Reason,
                        Traffic = repository.TrafficSince(before),
                    },
                    failure).ConfigureAwait(false);
                await AbandonAsync(lease).ConfigureAwait(false);
                if (ReferenceEquals(failure, e))
                {
                    throw;
                }

                throw failure;
            }
        }
    }

    /// <summary>A store that failed cannot be expected to take the lease's last word; the lease then ends by itself.</summary>
    private static async ValueTask AbandonAsync(Lease lease)
    {
        try
        {
            await lease.AbandonAsync().ConfigureAwait(false);
        }
        catch (DrException)
        {
        }
    }

    private async ValueTask ReportAbandonedAsync(LeaseRecord? abandoned, ISource source, CancellationToken cancellationToken)
    {
        if (abandoned is { WasEnded: false, Operation: "backup" })
        {
            await repository.Journal.AppendAsync(
                new RunRecord
                {
                    Operation = "backup",
                    Outcome = RunOutcome.Abandoned,
                    Started = abandoned.AcquiredAt,
                    Finished = repository.Time.GetUtcNow(),
                    User = abandoned.User,
                    Host = abandoned.Host,
                    Source = source.Name,
                    Detail = $"Process {abandoned.ProcessId} ended without finishing; what it had stored is reused.",
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    private RunRecord Record(BackupInfo backup, DateTimeOffset started, BackupOptions options) => new()
    {
        Operation = "backup",
        Outcome = backup.IsPartial ? RunOutcome.Partial : RunOutcome.Succeeded,
        Started = started,
        Finished = repository.Time.GetUtcNow(),
        BackupId = backup.Id,
        Source = backup.Source,
        Mode = backup.Type.ToString(),
        Reason = options.Reason,
        Entries = backup.Files + backup.Directories + backup.Others,
        Bytes = backup.SourceBytes,
        StoredBytes = backup.StoredBytes,
        IssueCount = backup.IssueCount,
        Unusual = backup.Unusual,
    };
}
