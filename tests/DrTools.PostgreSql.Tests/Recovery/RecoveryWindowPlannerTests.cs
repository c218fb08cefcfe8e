using System.Text;
using DrTools.Backup;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Tests.Recovery;

public sealed class RecoveryWindowPlannerTests
{
    private const uint Size = 16 << 20;

    /// <summary>In these tests segment n is written in minute n, and holds transactions at its beginning and end.</summary>
    private static readonly DateTimeOffset Zero = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_backup_and_all_its_log_make_one_span_to_the_last_transaction()
    {
        var window = Compute([Backup("a", 1, 3)], Segments(1, 3, 20));
        var span = Assert.Single(window.Spans);
        Assert.Equal((1u, Minute(3, 30), Minute(20, 59)), (span.Timeline, span.From, span.To));
        Assert.Equal("000000010000000000000014", span.LastSegment);
        Assert.Empty(window.Gaps);
        Assert.Equal(Minute(20, 59), window.Newest);
        Assert.Equal(TimeSpan.FromMinutes(1000) - TimeSpan.FromMinutes(20) - TimeSpan.FromSeconds(59), window.NewestAge);
        Assert.Equal(Minute(21, 0), window.LogArrived);
        Assert.True(window.Holds(Minute(10, 0)));
        Assert.False(window.Holds(Minute(3, 29)));
    }

    [Fact]
    public void A_gap_ends_a_span_and_names_what_is_missing_and_who_suffers()
    {
        var window = Compute([Backup("a", 1, 3), Backup("b", 1, 5), Backup("c", 1, 15)], [.. Segments(1, 3, 9), .. Segments(1, 12, 20)]);
        Assert.Equal([(Minute(3, 30), Minute(9, 59)), (Minute(15, 30), Minute(20, 59))], window.Spans.Select(s => (s.From, s.To)));
        Assert.Equal(["a", "b"], window.Spans[0].BackupIds);
        var gap = Assert.Single(window.Gaps);
        Assert.Equal((2L, "00000001000000000000000B", Minute(9, 59), Minute(15, 30)), (gap.Count, gap.Last, gap.Since!.Value, gap.Until!.Value));
        Assert.Equal(["00000001000000000000000A", "00000001000000000000000B"], gap.Segments);
        Assert.Equal(["a", "b"], gap.BackupIds);
        Assert.Equal((Minute(9, 59), Minute(15, 30)), window.Nearest(Minute(12, 0)));
        Assert.Equal((null, Minute(3, 30)), window.Nearest(Minute(1, 0)));
        Assert.Equal((Minute(20, 59), null), window.Nearest(Minute(99, 0)));
    }

    [Fact]
    public void A_backup_without_its_own_log_leads_nowhere()
    {
        var window = Compute([Backup("a", 1, 3)], Segments(1, 4, 20));
        Assert.Empty(window.Spans);
        Assert.False(Assert.Single(window.Backups).IsConsistent);
        Assert.Equal("000000010000000000000003", Assert.Single(window.Backups).MissingSegment);
        Assert.Equal(["000000010000000000000003"], Assert.Single(window.Gaps).Segments);
        Assert.Null(window.Newest);
    }

    [Fact]
    public void A_backup_that_has_its_log_leads_to_its_end_and_beyond_with_the_archive()
    {
        var alone = Compute([Backup("a", 1, 3, includesWal: true)], []);
        Assert.Equal((Minute(3, 30), Minute(3, 30)), (alone.Spans.Single().From, alone.Spans.Single().To));
        Assert.Null(alone.Spans.Single().LastSegment);
        Assert.Equal(Minute(6, 59), Compute([Backup("a", 1, 3, includesWal: true)], Segments(1, 4, 6)).Newest);
        Assert.Equal(Minute(3, 30), Compute([Backup("a", 1, 3, includesWal: true)], Segments(1, 5, 6)).Newest);
    }

    [Fact]
    public void Log_without_transactions_leads_to_the_last_one_before_it()
    {
        var window = Compute([Backup("a", 1, 3)], Segments(1, 3, 20), idleFrom: 12);
        Assert.Equal(Minute(11, 59), window.Newest);
        Assert.Equal(Minute(21, 0), window.LogArrived);
        Assert.Equal(Minute(3, 30), Compute([Backup("a", 1, 3)], Segments(1, 3, 20), idleFrom: 1).Newest);
    }

    [Fact]
    public void Timelines_branch_and_each_has_its_span()
    {
        // Timeline 2 leaves 1 in the middle of segment 10; 1 goes on to 14. Timeline 3 leaves 2 in segment 18.
        var histories = new Dictionary<uint, TimelineHistory>
        {
            [2] = History(2, (1, 10)),
            [3] = History(3, (1, 10), (2, 18)),
        };
        var window = Compute([Backup("a", 1, 3), Backup("b", 2, 15)], [.. Segments(1, 3, 14), .. Segments(2, 10, 20), .. Segments(3, 18, 25)], histories);
        Assert.Equal(
            [(1u, Minute(3, 30), Minute(14, 59)), (2u, Minute(10, 30), Minute(20, 59)), (3u, Minute(18, 30), Minute(25, 59))],
            window.Spans.Select(s => (s.Timeline, s.From, s.To)));
        Assert.Equal(["a", "b"], window.Spans[2].BackupIds);
        Assert.Empty(window.Gaps);
        Assert.Equal([(1u, null), (2u, 1u), (3u, 2u)], window.Timelines.Select(t => (t.Timeline, t.Parent)));
        Assert.Equal("no recovery target specified", window.Timelines[1].Reason);
    }

    [Fact]
    public void The_last_segment_of_a_left_timeline_need_not_be_complete()
    {
        // Of a promoted standby's predecessor the last segment is often only there as .partial.
        var histories = new Dictionary<uint, TimelineHistory> { [2] = History(2, (1, 10)) };
        var window = Compute([Backup("a", 1, 3)], [.. Segments(1, 3, 9), .. Segments(2, 10, 20)], histories);
        Assert.Equal(Minute(20, 59), window.Newest);
        Assert.Empty(window.Gaps);
    }

    [Fact]
    public void A_backup_behind_the_branch_does_not_lead_to_the_other_timeline()
    {
        var histories = new Dictionary<uint, TimelineHistory> { [2] = History(2, (1, 10)) };
        var window = Compute([Backup("late", 1, 12)], [.. Segments(1, 3, 14), .. Segments(2, 10, 20)], histories);
        Assert.Equal(1u, Assert.Single(window.Spans).Timeline);
    }

    [Fact]
    public void Without_its_history_a_timeline_cannot_be_led_to_from_an_older_one()
    {
        var window = Compute([Backup("a", 1, 3)], [.. Segments(1, 3, 10), .. Segments(2, 10, 20)]);
        Assert.Equal(1u, Assert.Single(window.Spans).Timeline);
        Assert.False(window.Timelines[1].HasHistory);
    }

    [Fact]
    public void Names_of_segments_count_on_past_four_gigabytes()
    {
        var window = Compute([Backup("a", 1, 250)], [.. Segments(1, 250, 256), .. Segments(1, 258, 260)]);
        Assert.Equal(["000000010000000100000001"], Assert.Single(window.Gaps).Segments);
        Assert.Equal("000000010000000100000000", window.Spans.Single().LastSegment);
    }

    private static DateTimeOffset Minute(int minute, int second) => Zero.AddMinutes(minute).AddSeconds(second);

    private static TimelineHistory History(uint timeline, params (uint Timeline, int Segment)[] ancestors)
    {
        var text = new StringBuilder();
        foreach (var (ancestor, segment) in ancestors)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{ancestor}\t{new Lsn(((ulong)segment * Size) + (Size / 2))}\tno recovery target specified\n");
        }

        return TimelineHistory.Parse(timeline, Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static IEnumerable<WalSegment> Segments(uint timeline, int first, int last) =>
        Enumerable.Range(first, last - first + 1).Select(n => new WalSegment(timeline, (ulong)n, Size));

    private static PhysicalBackup Backup(string id, uint timeline, int segment, bool includesWal = false) => new()
    {
        Info = new BackupInfo
        {
            Id = id,
            Source = "postgresql:/test:5432",
            Host = "host",
            Type = BackupType.Full,
            Sequence = 1,
            FullId = id,
            Started = Minute(segment, 10),
            Finished = Minute(segment, 40),
            ToolVersion = "1",
        },
        SystemIdentifier = 7,
        Timeline = timeline,
        Start = new Lsn(((ulong)segment * Size) + 0x28),
        Stop = new Lsn(((ulong)segment * Size) + 0x10000),
        StartTime = Minute(segment, 10),
        StopTime = Minute(segment, 30),
        MajorVersion = 17,
        SegmentSize = Size,
        IncludesWal = includesWal,
    };

    private static RecoveryWindow Compute(IReadOnlyList<PhysicalBackup> backups, IEnumerable<WalSegment> segments, Dictionary<uint, TimelineHistory>? histories = null, int idleFrom = int.MaxValue)
    {
        var wal = new WalInventory
        {
            SystemIdentifier = 7,
            SegmentSize = Size,
            Segments = segments.ToDictionary(s => s, s => Minute((int)s.Number + 1, 0)),
            Histories = histories ?? [],
        };
        var answers = new Dictionary<CommitQuestion, CommitSpan>();
        var planner = new RecoveryWindowPlanner("postgresql:/test:5432", backups, wal, answers);
        for (var round = 0; ; round++)
        {
            Assert.True(round < 100);
            var window = planner.Compute(Minute(1000, 0), out var questions);
            if (questions.Count == 0)
            {
                return window;
            }

            foreach (var question in questions)
            {
                Assert.Contains(question.Segment, wal.Segments);
                var minute = (int)question.Segment.Number;

                // A segment that is asked from its middle on has its transactions in the second half of its minute.
                answers[question] = minute >= idleFrom
                    ? new CommitSpan(null, null, question.Segment.Start, question.Segment.End)
                    : new CommitSpan(Minute(minute, question.From > question.Segment.Start && (question.From.Value % Size) > Size / 4 ? 30 : 1), Minute(minute, 59), new Lsn(question.Segment.End.Value - 100), question.Segment.End);
            }
        }
    }
}
