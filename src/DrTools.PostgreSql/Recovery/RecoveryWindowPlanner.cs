using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Recovery;

/// <summary>
/// Computes the recovery window from backups, the names of archived segments, and histories: a pure function, but for the
/// times of transactions, which are in the segments. Those it asks for; while an answer is missing, the window is not
/// complete and the questions are told.
/// </summary>
public sealed class RecoveryWindowPlanner
{
    private const int NamedSegments = 10;

    private readonly string _source;
    private readonly IReadOnlyList<PhysicalBackup> _backups;
    private readonly WalInventory _wal;
    private readonly IReadOnlyDictionary<CommitQuestion, CommitSpan> _answers;
    private readonly HashSet<CommitQuestion> _questions = [];
    private readonly List<TimelinePath> _paths;

    /// <summary>Computes.</summary>
    /// <param name="source">The source.</param>
    /// <param name="backups">Its physical backups, of one cluster.</param>
    /// <param name="wal">What the archive holds of that cluster.</param>
    /// <param name="answers">What is known of times.</param>
    public RecoveryWindowPlanner(string source, IReadOnlyList<PhysicalBackup> backups, WalInventory wal, IReadOnlyDictionary<CommitQuestion, CommitSpan> answers)
    {
        ArgumentNullException.ThrowIfNull(wal);
        (_source, _backups, _wal, _answers) = (source, [.. backups.OrderBy(b => b.Stop).ThenBy(b => b.StopTime)], wal, answers);
        var timelines = new SortedSet<uint>(wal.Segments.Keys.Select(s => s.Timeline).Concat(wal.Histories.Keys).Concat(backups.Select(b => b.Timeline)));
        foreach (var history in wal.Histories.Values)
        {
            timelines.UnionWith(history.Ancestors.Select(a => a.Timeline));
        }

        _paths = [.. timelines.Select(wal.PathTo)];
    }

    /// <summary>The window.</summary>
    /// <param name="now">The time, UTC.</param>
    /// <param name="questions">What has to be answered for the window to be complete; empty when it is.</param>
    public RecoveryWindow Compute(DateTimeOffset now, out IReadOnlyCollection<CommitQuestion> questions)
    {
        _questions.Clear();
        var reaches = new List<BackupReach>();
        foreach (var path in _paths)
        {
            reaches.AddRange(_backups.Where(b => path.Holds(b.Timeline, b.Stop)).Select(b => Reach(b, path)));
        }

        var spans = _paths.SelectMany(p => Spans(p, [.. reaches.Where(r => r.Path == p)])).ToList();
        var window = new RecoveryWindow
        {
            Source = _source,
            SystemIdentifier = _wal.SystemIdentifier,
            Computed = now,
            Spans = spans,
            Gaps = [.. _paths.SelectMany(p => Gaps(p, reaches, spans))],
            Timelines = [.. _paths.Select(Describe)],
            Backups = reaches,
            LogArrived = reaches.Where(r => r.IsConsistent && r.FirstMissing > r.Backup.FirstSegment.Number)
                .Select(r => _wal.Find(r.Path, r.FirstMissing - 1) is { } last ? _wal.Segments[last] : r.Backup.StopTime)
                .Cast<DateTimeOffset?>().Max(),
        };
        questions = [.. _questions];
        return window;
    }

    private BackupReach Reach(PhysicalBackup backup, TimelinePath path)
    {
        var needed = backup.LastSegment.Number;
        var missing = _wal.FirstMissing(path, backup.IncludesWal ? needed + 1 : backup.FirstSegment.Number);
        var isConsistent = missing > needed && (backup.IncludesWal || (_wal.Find(path, needed) is { } stop && _wal.EndOf(stop) >= backup.Stop));
        var (to, clock, lastRecord, end) = isConsistent ? Newest(backup, path, missing) : (null, null, Lsn.Invalid, Lsn.Invalid);
        return new BackupReach
        {
            Backup = backup,
            Path = path,
            IsConsistent = isConsistent,
            FirstMissing = missing,
            EndsInGap = LastNumber(path) is { } last && last > missing,
            MissingSegment = _wal.NameOf(path, missing),
            To = isConsistent ? to is { } time && time > backup.StopTime ? time : backup.StopTime : null,
            Clock = clock,
            End = end,
            LastRecord = lastRecord,
        };
    }

    /// <summary>The last transaction before a number, and where the log ends there: as a rule it is in the last segment;
    /// where that has none, those before it are asked.</summary>
    private (DateTimeOffset? Time, DateTimeOffset? Clock, Lsn LastRecord, Lsn End) Newest(PhysicalBackup backup, TimelinePath path, ulong before)
    {
        var (lastRecord, end) = (backup.Start, backup.Stop);
        DateTimeOffset? clock = null;
        for (var number = before; number > backup.LastSegment.Number; number--)
        {
            if (_wal.Find(path, number - 1) is not { } segment)
            {
                break;
            }

            var from = number - 1 == backup.LastSegment.Number ? backup.Stop : Lsn.Invalid;
            if (Ask(new CommitQuestion(segment, from)) is not { } span)
            {
                break;
            }

            if (span.End > end)
            {
                (lastRecord, end) = (span.LastRecord, span.End);
            }

            clock = clock > span.Clock ? clock : span.Clock ?? clock;
            if (span.Newest is { } time)
            {
                return (time, clock, lastRecord, end);
            }
        }

        return (null, clock, lastRecord, end);
    }

    private CommitSpan? Ask(CommitQuestion question)
    {
        if (_answers.TryGetValue(question, out var span))
        {
            return span;
        }

        _questions.Add(question);
        return null;
    }

    /// <summary>Backups that lead along the same unbroken log to its end make one span.</summary>
    private IEnumerable<RecoverySpan> Spans(TimelinePath path, List<BackupReach> reaches)
    {
        var first = path.Begin.Value / _wal.SegmentSize;
        foreach (var run in reaches.Where(r => r.IsConsistent && (r.Backup.Timeline == path.Timeline || r.FirstMissing > first)).GroupBy(r => r.FirstMissing).OrderBy(g => g.Key))
        {
            var to = run.Max(r => r.To)!.Value;
            var from = run.Min(r => r.Backup.Timeline == path.Timeline ? r.Backup.StopTime : r.To!.Value);
            if (run.Where(r => r.Backup.Timeline != path.Timeline).Select(r => r.Backup.StopTime).Cast<DateTimeOffset?>().Min() is { } stop)
            {
                // What lies before the branch belongs to the timelines before.
                var begin = _wal.Find(path, first) is { } segment ? Ask(new CommitQuestion(segment, path.Begin))?.Oldest : null;
                from = Earlier(from, begin is { } time && time > stop ? time : begin is null ? to : stop);
            }

            yield return new RecoverySpan
            {
                Timeline = path.Timeline,
                From = Earlier(from, to),
                To = to,
                BackupIds = [.. run.Select(r => r.Backup.Id)],
                LastSegment = _wal.Find(path, run.Key - 1)?.FileName,
            };
        }
    }

    private IEnumerable<LogGap> Gaps(TimelinePath path, List<BackupReach> reaches, List<RecoverySpan> spans)
    {
        // Log from before the first backup serves nobody, whether it is whole or not.
        var own = reaches.Where(r => r.Path == path).ToList();
        if (own.Count == 0 || LastNumber(path) is not { } last)
        {
            yield break;
        }

        var first = own.Min(r => r.Backup.IncludesWal ? r.Backup.LastSegment.Number + 1 : r.Backup.FirstSegment.Number);
        first = Math.Max(first, path.Begin.Value / _wal.SegmentSize);
        for (var number = first; number < last; number++)
        {
            if (_wal.Find(path, number) is { } whole && !_wal.Cuts.ContainsKey(whole))
            {
                continue;
            }

            var start = number;
            while (_wal.Find(path, number + 1) is null)
            {
                number++;
            }

            var before = own.Where(r => r.FirstMissing == start || (r.FirstMissing == start + 1 && _wal.Find(path, start) is not null)).ToList();
            yield return new LogGap
            {
                Timeline = path.Timeline,
                Count = (long)(number - start) + 1,
                Segments = [.. Enumerable.Range(0, (int)Math.Min(NamedSegments, number - start + 1)).Select(i => _wal.NameOf(path, start + (ulong)i))],
                Last = _wal.NameOf(path, number),
                Since = before.Where(r => r.IsConsistent).Select(r => r.To).Max(),
                Until = own.Where(r => r.IsConsistent && r.Backup.FirstSegment.Number > start).Select(r => (DateTimeOffset?)r.Backup.StopTime).Min(),
                BackupIds = [.. before.Select(r => r.Backup.Id)],
            };
        }
    }

    private TimelineBranch Describe(TimelinePath path)
    {
        var history = _wal.Histories.GetValueOrDefault(path.Timeline);
        var left = history is { Ancestors.Count: > 0 } ? history.Ancestors[^1] : default(TimelineAncestor?);
        return new TimelineBranch
        {
            Timeline = path.Timeline,
            Parent = left?.Timeline,
            LeftAt = left?.End,
            Reason = left?.Reason,
            HasHistory = history is not null,
            LastSegment = _wal.Segments.Keys.Where(s => s.Timeline == path.Timeline).Select(s => (WalSegment?)s).MaxBy(s => s!.Value.Number)?.FileName,
        };
    }

    /// <summary>The last segment that is stored along a way.</summary>
    private ulong? LastNumber(TimelinePath path)
    {
        ulong? last = null;
        foreach (var segment in _wal.Segments.Keys)
        {
            if ((last is null || segment.Number > last) && path.SegmentsOf(segment.Number, _wal.SegmentSize).Contains(segment))
            {
                last = segment.Number;
            }
        }

        return last;
    }

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
