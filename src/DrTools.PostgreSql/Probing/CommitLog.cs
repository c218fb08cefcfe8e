using System.Globalization;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Probing;

/// <summary>
/// Lists the commits in the log, in its order, by reading the archived segments. Memory is bounded: of a log with very many
/// commits every second, fourth, eighth … is kept, and the ones in between are read again when they matter.
/// </summary>
internal sealed class CommitLog(IWalSupply supply, LogStart start, string workFolder)
{
    /// <summary>Commits kept, some 60 bytes each.</summary>
    public const int MostCommits = 1 << 17;

    private TimelinePath? _path;

    /// <summary>Segments read so far.</summary>
    public int Segments { get; private set; }

    /// <summary>Reads commits.</summary>
    /// <param name="after">Only those behind this position.</param>
    /// <param name="upTo">Only those up to this position, itself included.</param>
    /// <param name="from">Of those before or at this time only the last one is kept.</param>
    /// <param name="to">Only those up to this time.</param>
    /// <param name="most">How many to keep at most.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<Commits> ReadAsync(Lsn after, Lsn? upTo, DateTimeOffset? from, DateTimeOffset? to, int most, CancellationToken cancellationToken)
    {
        _path ??= await FindPathAsync(cancellationToken).ConfigureAwait(false);
        var kept = new Thinned(most);
        CommitPoint? before = null;
        var (earliest, isSwitch, later) = (DateTimeOffset.MaxValue, false, false);
        void Take(in WalRecord record)
        {
            isSwitch = record.IsSwitch;
            if (!record.Commits || record.Time is not { } time || record.Position.Value < after.Value)
            {
                return;
            }

            earliest = time < earliest ? time : earliest;
            var point = new CommitPoint(record.Position, time, record.Transaction);
            if (upTo is { } last && point.Position > last)
            {
                later = true;
            }
            else if (time <= from)
            {
                before = point;
            }
            else if (!(time > to))
            {
                kept.Add(point);
            }
        }

        var scanner = new WalScanner(Take);
        for (var number = after.Value / start.SegmentSize; !later; number++)
        {
            earliest = DateTimeOffset.MaxValue;
            if (await FetchAsync(number, cancellationToken).ConfigureAwait(false) is not { } path)
            {
                break;
            }

            try
            {
                await ScanAsync(scanner, path, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                File.Delete(path);
            }

            // Times do not quite follow the order of the log; a whole segment of later ones is no chance.
            if (earliest != DateTimeOffset.MaxValue && earliest > to)
            {
                break;
            }

            if (scanner.HasEnded)
            {
                if (!isSwitch)
                {
                    break;
                }

                scanner = new WalScanner(Take);
            }
        }

        return new Commits(before, kept.Points, kept.Count);
    }

    private static async Task ScanAsync(WalScanner scanner, string path, CancellationToken cancellationToken)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        await using (file.ConfigureAwait(false))
        {
            var buffer = new byte[1 << 20];
            while (!scanner.HasEnded && await file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count)
            {
                scanner.Take(buffer.AsSpan(0, count));
            }
        }
    }

    /// <summary>Fetches a segment as the server would: of the newest timeline that had begun by then and has it.</summary>
    private async Task<string?> FetchAsync(ulong number, CancellationToken cancellationToken)
    {
        foreach (var segment in _path!.SegmentsOf(number, start.SegmentSize))
        {
            var path = Path.Combine(workFolder, segment.FileName);
            if (await supply.TryFetchAsync(segment.FileName, path, cancellationToken).ConfigureAwait(false))
            {
                Segments++;
                return path;
            }
        }

        return null;
    }

    /// <summary>The way to the newest timeline, which is the one that servers follow.</summary>
    private async Task<TimelinePath> FindPathAsync(CancellationToken cancellationToken)
    {
        var newest = start.Timeline > 1 ? await ReadHistoryAsync(start.Timeline, cancellationToken).ConfigureAwait(false) ?? new TimelineHistory(start.Timeline, []) : TimelineHistory.First;
        while (await ReadHistoryAsync(newest.Timeline + 1, cancellationToken).ConfigureAwait(false) is { } next)
        {
            newest = next;
        }

        return TimelinePath.To(newest);
    }

    private async Task<TimelineHistory?> ReadHistoryAsync(uint timeline, CancellationToken cancellationToken)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{timeline:X8}.history");
        var path = Path.Combine(workFolder, name);
        if (!await supply.TryFetchAsync(name, path, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        var history = TimelineHistory.Parse(timeline, await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false));
        File.Delete(path);
        return history;
    }

    /// <summary>Keeps every n-th of a series of unknown length, and always the last.</summary>
    private sealed class Thinned(int most)
    {
        private readonly List<CommitPoint> _points = [];
        private CommitPoint? _last;
        private long _stride = 1;

        public long Count { get; private set; }

        public IReadOnlyList<CommitPoint> Points => _last is null || (_points.Count > 0 && ReferenceEquals(_points[^1], _last)) ? _points : [.. _points, _last];

        public void Add(CommitPoint point)
        {
            _last = point;
            if (Count++ % _stride == 0)
            {
                _points.Add(point);
            }

            if (_points.Count >= most)
            {
                for (var i = 0; 2 * i < _points.Count; i++)
                {
                    _points[i] = _points[2 * i];
                }

                _points.RemoveRange((_points.Count + 1) / 2, _points.Count / 2);
                _stride *= 2;
            }
        }
    }
}

/// <summary>Commits of a stretch of the log.</summary>
/// <param name="Before">The last one before the stretch, if there was one.</param>
/// <param name="Points">Those in it: all, or every n-th and the last.</param>
/// <param name="Count">How many there are.</param>
internal sealed record Commits(CommitPoint? Before, IReadOnlyList<CommitPoint> Points, long Count)
{
    public bool IsComplete => Points.Count == Count;
}
