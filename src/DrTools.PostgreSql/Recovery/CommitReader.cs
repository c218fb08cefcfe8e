using System.Collections.Concurrent;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Recovery;

/// <summary>Reads when transactions ended from archived segments. What was read is remembered: segments never change.</summary>
public sealed class CommitReader(LogArchive archive, ulong systemIdentifier)
{
    private const int Remembered = 10_000;

    private static readonly ConcurrentDictionary<(Guid, ulong, CommitQuestion), CommitSpan> Known = new();

    /// <summary>Answers a question.</summary>
    /// <exception cref="DrException"><see cref="DrError.LogMissing"/>, or <see cref="DrError.IntegrityFailure"/>.</exception>
    public async Task<CommitSpan> ReadAsync(CommitQuestion question, CancellationToken cancellationToken)
    {
        var key = (archive.Repository.Id, systemIdentifier, question);
        if (Known.TryGetValue(key, out var known))
        {
            return known;
        }

        DateTimeOffset? oldest = null, newest = null, clock = null;
        var (scanner, isCut) = await ScanAsync(
            question.Segment,
            (in WalRecord record) =>
            {
                if (record.Position >= question.From && record.Clock is { } now)
                {
                    clock = clock > now ? clock : now;
                }

                if (record.EndsTransaction && record.Position >= question.From && record.Time is { } time)
                {
                    oldest = oldest < time ? oldest : time;
                    newest = newest > time ? newest : time;
                }
            },
            cancellationToken).ConfigureAwait(false);
        var span = new CommitSpan(oldest, newest, scanner.LastRecord, scanner.End.Value == 0 ? question.Segment.Start : scanner.End, clock);
        if (Known.Count >= Remembered)
        {
            Known.Clear();
        }

        // A longer piece of a segment that a receiver is at may come, and then all of it.
        if (!isCut)
        {
            Known[key] = span;
        }

        return span;
    }

    /// <summary>Looks in a segment for the end of a transaction, or for a restore point.</summary>
    /// <returns>Where it is, and when it was; <see langword="null"/> if it is not there.</returns>
    /// <exception cref="DrException">As <see cref="ReadAsync"/>.</exception>
    public async Task<(Lsn Position, DateTimeOffset Time)?> FindAsync(WalSegment segment, RecoveryTarget target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        (Lsn, DateTimeOffset)? found = null;
        await ScanAsync(
            segment,
            (in WalRecord record) =>
            {
                var isIt = target.Kind == RecoveryTargetKind.Name ? record.Name == target.Name : record.EndsTransaction && record.Transaction == (uint)target.TransactionId!.Value;
                if (isIt && record.Time is { } time)
                {
                    found = (record.Position, time);
                }
            },
            cancellationToken).ConfigureAwait(false);
        return found;
    }

    /// <summary>The locations of tablespaces that a segment makes; <see langword="null"/> for one that cannot be told.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="until">The position at which recovery ends, where it is known.</param>
    /// <param name="time">The time at which it ends, where that is known.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException">As <see cref="ReadAsync"/>.</exception>
    public async Task<IReadOnlyList<string?>> TablespacesAsync(WalSegment segment, Lsn? until, DateTimeOffset? time, CancellationToken cancellationToken)
    {
        var records = new List<TablespaceRecord>();
        var isOver = false;
        var (scanner, _) = await ScanAsync(
            segment,
            (in WalRecord record) =>
            {
                isOver |= record.Position > until || (record.EndsTransaction && record.Time > time);
                if (record.MakesTablespace && !isOver)
                {
                    records.Add(new TablespaceRecord(record.Position, record.TablespaceOid, record.TablespaceLocation, IsWhole: true));
                }
            },
            cancellationToken).ConfigureAwait(false);
        TablespaceRecord.AddParts(records, scanner);
        return [.. records.Select(r => r.Location)];
    }

    /// <summary>Scans a segment, or else what a receiver had of it.</summary>
    private async Task<(WalScanner Scanner, bool IsCut)> ScanAsync(WalSegment segment, WalRecordHandler handler, CancellationToken cancellationToken)
    {
        var names = new List<string> { segment.FileName };
        for (var i = 0; i < names.Count; i++)
        {
            var scanner = new WalScanner(handler);
            if (WalFileName.TryParse(names[i], out var file)
                && await Task.Run(() => archive.TryRead(WalCluster.LogOf(systemIdentifier, file), scanner.Take), cancellationToken).ConfigureAwait(false))
            {
                return (scanner, i > 0);
            }

            if (i == 0)
            {
                await foreach (var log in archive.ListAsync(WalCluster.SeriesOf(systemIdentifier), WalCluster.CutStreamOf(file), cancellationToken).ConfigureAwait(false))
                {
                    if (log.Name.Name.StartsWith(segment.FileName, StringComparison.Ordinal))
                    {
                        // The names sort by how much there is; the most comes first.
                        names.Insert(1, log.Name.Name);
                    }
                }
            }
        }

        throw new DrException(DrError.LogMissing, $"The WAL segment {segment.FileName} has vanished from {archive.Repository.Location}.", "See the recovery window for what can be restored without it.") { Subject = segment.FileName };
    }
}
