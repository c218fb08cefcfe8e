using System.Globalization;
using System.Text;
using DrTools.Backup;
using DrTools.Expiry;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories.Logs;
using DrTools.Sources;

namespace DrTools.PostgreSql.Tests.Wal;

public sealed class WalRetentionTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_lies_before_the_oldest_backup_goes_and_histories_stay()
    {
        var kept = Plan([Backup("a", 1, 20, 22, days: 10), Backup("b", 1, 40, 41, days: 5)], 1..60, null, ("00000002.history", "1\t0/1E000000\tx\n"));
        Assert.Equal(20, kept.Segments.Min());
        Assert.Equal(60 - 20, kept.Segments.Count);
        Assert.Contains("00000002.history", kept.Others);
    }

    [Fact]
    public void With_a_window_older_backups_keep_only_what_makes_them_consistent()
    {
        var kept = Plan([Backup("a", 1, 10, 12, days: 60), Backup("b", 1, 30, 31, days: 9), Backup("c", 1, 50, 50, days: 2)], 1..60, TimeSpan.FromDays(7));

        // Every moment of the last seven days is behind b, the last backup before them.
        Assert.Equal([10, 11, 12, .. Enumerable.Range(30, 30)], kept.Segments);
    }

    [Fact]
    public void Without_a_backup_or_when_it_is_unknown_what_one_needs_everything_stays()
    {
        Assert.Equal(9, Plan([], 1..10, null).Segments.Count);
        var unknown = Backup("a", 1, 5, 6, days: 1) with { Facts = new SourceFacts { Details = new Dictionary<string, string> { ["method"] = "physical" } } };
        Assert.Equal(9, Plan([unknown], 1..10, null).Segments.Count);

        // A logical backup needs no log, and one of another cluster not this one's.
        var logical = Backup("l", 1, 1, 1, days: 1) with { Facts = new SourceFacts { Details = new Dictionary<string, string> { ["method"] = "logical" } } };
        Assert.Equal(5, Plan([logical, Backup("a", 1, 5, 6, days: 1)], 1..10, null).Segments.Count);
        Assert.Equal(5, Plan([Backup("x", 1, 1, 1, days: 1, cluster: 99), Backup("a", 1, 5, 6, days: 1)], 1..10, null).Segments.Count);
    }

    [Fact]
    public void A_timeline_that_no_kept_backup_can_reach_goes_and_an_unknown_one_stays()
    {
        // Timeline 2 left timeline 1 at segment 5; the backup begins at 20, behind that.
        var backup = Backup("a", 1, 20, 22, days: 1);
        var reachable = Plan([backup], 1..30, null, [("00000002.history", "1\t0/19000000\tx\n"), (Name(2, 25), ""), (Name(2, 26), "")]);
        Assert.Contains(Name(2, 26), reachable.Others);
        var unreachable = Plan([backup], 1..30, null, [("00000002.history", "1\t0/5000000\tx\n"), (Name(2, 25), "")]);
        Assert.DoesNotContain(Name(2, 25), unreachable.Others);
        var unknown = Plan([backup], 1..30, null, [(Name(2, 25), ""), (Name(2, 19), "")]);
        Assert.Contains(Name(2, 25), unknown.Others);
        Assert.DoesNotContain(Name(2, 19), unknown.Others);
    }

    [Fact]
    public void Of_what_a_receiver_archived_of_a_segment_only_the_most_stays()
    {
        var kept = Plan([Backup("a", 1, 20, 22, days: 1)], 1..30, null, [
            ($"{Name(1, 25)}.00001000.partial", ""),
            ($"{Name(1, 30)}.00001000.partial", ""), ($"{Name(1, 30)}.000F0000.partial", ""), ($"{Name(1, 30)}.00002000.partial", ""),
            ($"{Name(1, 19)}.00002000.partial", "")]);
        Assert.Equal([$"{Name(1, 30)}.000F0000.partial"], kept.Others);
        Assert.Equal(Enumerable.Range(20, 10), kept.Segments);
    }

    /// <summary>Whatever is planned, each kept backup can be made consistent, and each moment of the window can be reached.</summary>
    [Fact]
    public void Nothing_that_a_kept_backup_needs_ever_goes()
    {
        var random = new Random(7);
        for (var round = 0; round < 300; round++)
        {
            var backups = Enumerable.Range(0, random.Next(1, 6)).Select(i =>
            {
                var start = random.Next(1, 90);
                return Backup($"b{i}", 1, start, start + random.Next(0, 4), days: 100 - start);
            }).ToList();
            TimeSpan? window = random.Next(3) == 0 ? null : TimeSpan.FromDays(random.Next(1, 60));
            var kept = Plan(backups, 1..100, window).Segments.ToHashSet();
            foreach (var backup in backups)
            {
                var (start, stop) = (Number(backup, "startWal"), Number(backup, "stopWal"));
                Assert.All(Enumerable.Range(start, stop - start + 1), n => Assert.Contains(n, kept));
            }

            // Segment n was written 100 - n days ago, as a backup that starts in it is.
            var from = backups.Where(b => window is null || b.Finished <= Now - window).OrderBy(b => b.Finished).LastOrDefault() ?? backups.MinBy(b => b.Finished)!;
            from = window is null ? backups.MinBy(b => Number(b, "startWal"))! : from;
            Assert.All(Enumerable.Range(Number(from, "startWal"), 100 - Number(from, "startWal")), n => Assert.Contains(n, kept));
        }
    }

    private static int Number(BackupInfo backup, string fact) => int.Parse(backup.Facts.Details[fact][16..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static string Name(uint timeline, int number) => new WalSegment(timeline, (ulong)number, WalSegment.DefaultSize).FileName;

    private static (List<int> Segments, List<string> Others) Plan(List<BackupInfo> backups, Range segments, TimeSpan? window, params (string Name, string Text)[] others)
    {
        var series = WalCluster.SeriesOf(SegmentFile.Cluster);
        var texts = others.ToDictionary(o => o.Name, o => o.Text);
        var logs = Enumerable.Range(segments.Start.Value, segments.End.Value - segments.Start.Value)
            .Select(n => new StoredLog(new LogName(series, "00000001", Name(1, n)), 1, Now - TimeSpan.FromDays(100 - n)))
            .Concat(others.Select(o => new StoredLog(new LogName(series, o.Name[..8], o.Name), 1, Now - TimeSpan.FromDays(1))))
            .ToList();
        var decisions = new WalRetention().Plan(new LogRetentionRequest
        {
            Series = series,
            Logs = logs,
            Backups = backups,
            Window = window,
            Now = Now,
            Read = log => Encoding.UTF8.GetBytes(texts[log.Name]),
        });
        Assert.Equal(logs, decisions.Select(d => d.Log));
        Assert.All(decisions, d => Assert.NotEmpty(d.Reason));
        var kept = decisions.Where(d => d.Keep).Select(d => d.Log.Name.Name).ToList();
        return (
            [.. kept.Where(n => !texts.ContainsKey(n)).Select(n => int.Parse(n[16..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))],
            [.. kept.Where(texts.ContainsKey)]);
    }

    internal static BackupInfo Backup(string id, uint timeline, int start, int stop, double days, ulong cluster = SegmentFile.Cluster) => new()
    {
        Id = id,
        Source = "postgresql:/run:5432",
        Host = "h",
        Type = BackupType.Full,
        Sequence = 1,
        FullId = id,
        Started = Now - TimeSpan.FromDays(days),
        Finished = Now - TimeSpan.FromDays(days),
        ToolVersion = "test",
        Facts = new SourceFacts
        {
            Details = new Dictionary<string, string>
            {
                ["method"] = "physical",
                ["systemIdentifier"] = cluster.ToString(CultureInfo.InvariantCulture),
                ["startWal"] = Name(timeline, start),
                ["stopWal"] = Name(timeline, stop),
                ["walSegmentSize"] = "16777216",
            },
        },
    };
}
