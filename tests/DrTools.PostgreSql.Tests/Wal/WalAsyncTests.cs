using System.Diagnostics;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Tests.Wal;

public sealed class WalAsyncTests
{
    [Fact]
    public async Task What_the_server_will_ask_for_is_durable_before_it_asks()
    {
        await using var work = new WalWorkspace();
        var archive = await work.CreateArchiveAsync();
        var spool = Spool(work, "push");
        for (ulong number = 1; number <= 30; number++)
        {
            Ready(work, work.Write(SegmentFile.Segment(number)));
        }

        Ready(work, work.Write("00000002.history", "1\t0/380000\tx\n"));
        Assert.True(WalAheadPusher.IsWanted(spool, Path.Combine(work.WalFolder, SegmentFile.Segment(1).FileName), SegmentFile.Size));
        using var stop = new CancellationTokenSource();
        var pusher = Task.Run(() => WalAheadPusher.Run([archive], spool, work.WalFolder, 2, stop.Token), WalWorkspace.Cancellation);
        await UntilAsync(() => Stored(work) == 31);
        Assert.Equal(0, await Task.Run(() => WalAheadPusher.Run([archive], spool, work.WalFolder, 2, stop.Token), WalWorkspace.Cancellation));

        foreach (var path in Directory.EnumerateFiles(work.WalFolder))
        {
            await UntilAsync(() => File.Exists(spool.PathOf(Path.GetFileName(path))));
            using var claim = spool.Claim(Path.GetFileName(path));
            Assert.True(WalAheadPusher.TryTakeNote(claim, path), path);
            Done(work, path);
        }

        await stop.CancelAsync();
        Assert.Equal(31, await pusher);
        Assert.Equal([WalAheadPusher.LockName], Directory.EnumerateFiles(spool.Folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_note_about_another_file_of_the_same_name_does_not_count()
    {
        await using var work = new WalWorkspace();
        var archive = await work.CreateArchiveAsync();
        var spool = Spool(work, "push");
        var path = work.Write(SegmentFile.Segment(1));
        Ready(work, path);
        using var stop = new CancellationTokenSource();
        var pusher = Task.Run(() => WalAheadPusher.Run([archive], spool, work.WalFolder, 1, stop.Token), WalWorkspace.Cancellation);
        await UntilAsync(() => File.Exists(spool.PathOf(Path.GetFileName(path))) && new FileInfo(spool.PathOf(Path.GetFileName(path))).Length > 0);
        await stop.CancelAsync();
        await pusher;
        work.Write(SegmentFile.Segment(1), fill: 9);
        using var claim = spool.Claim(Path.GetFileName(path));
        Assert.False(WalAheadPusher.TryTakeNote(claim, path));

        // Nor does what is durable in some repositories count for others.
        Assert.NotEqual(spool.Folder, new WalSpool(Path.Combine(work.Folder, "spool"), SegmentFile.Cluster, ["repo", "second"], "push").Folder);
    }

    [Fact]
    public async Task A_failure_in_the_background_is_noted_and_claims_nothing()
    {
        await using var work = new WalWorkspace();
        var archive = await work.CreateArchiveAsync();
        var spool = Spool(work, "push");
        await WalWorkspace.PushOkAsync(archive, work.Write(SegmentFile.Segment(1), fill: 2));
        Ready(work, work.Write(SegmentFile.Segment(1)));
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await Task.Run(() => WalAheadPusher.Run([archive], spool, work.WalFolder, 2, stop.Token), WalWorkspace.Cancellation);
        Assert.Contains("[LogConflict]", File.ReadAllText(spool.PathOf("last-error.txt")), StringComparison.Ordinal);
        Assert.False(File.Exists(spool.PathOf(SegmentFile.Segment(1).FileName)));
        Assert.False(WalAheadPusher.IsWanted(spool, Path.Combine(work.WalFolder, "000000010000000000000000"), SegmentFile.Size));
    }

    [Fact]
    public async Task Segments_are_fetched_ahead_into_a_spool_that_stays_within_its_limit()
    {
        await using var work = new WalWorkspace();
        var archive = await work.CreateArchiveAsync();
        for (ulong number = 1; number <= 20; number++)
        {
            await WalWorkspace.PushOkAsync(archive, work.Write(SegmentFile.Segment(number), fill: (byte)number));
        }

        var spool = Spool(work, "get");
        WalPrefetcher.Advance(spool, Name(1));
        Assert.True(WalPrefetcher.IsWanted(spool));
        using var stop = new CancellationTokenSource();
        var prefetcher = Task.Run(() => WalPrefetcher.Run([archive], spool, SegmentFile.Cluster, SegmentFile.Size, 2, 3 * SegmentFile.Size, stop.Token), WalWorkspace.Cancellation);
        var ahead = 0;
        for (ulong number = 2; number <= 20; number++)
        {
            // Where recovery stands still, the segments that follow come by themselves, as many as the spool may hold.
            var following = Math.Min(3, (int)(21 - number));
            if (number % 4 == 2)
            {
                await UntilAsync(() => Segments(spool) == following);
            }

            // Where it runs faster than they come, a call fetches what is not there itself, as the program does.
            var target = Path.Combine(work.Folder, "RECOVERYXLOG");
            WalPrefetcher.Advance(spool, Name(number));
            if (WalPrefetcher.TryTake(spool, Name(number), target))
            {
                ahead++;
            }
            else
            {
                Assert.True(WalGet.Run([archive], SegmentFile.Cluster, Name(number), target, null));
            }

            Assert.Equal(SegmentFile.Content(SegmentFile.Segment(number), (byte)number), File.ReadAllBytes(target));
            Assert.False(WalPrefetcher.IsWanted(spool));
            Assert.InRange(Segments(spool), 0, 4);
        }

        // At the end of the log there is nothing, and only the archive says so.
        await Task.Delay(100, WalWorkspace.Cancellation);
        Assert.False(WalPrefetcher.TryTake(spool, Name(21), Path.Combine(work.Folder, "X")));
        await stop.CancelAsync();
        Assert.InRange(ahead, 5, 19);
        Assert.InRange(await prefetcher, ahead, int.MaxValue);
        Assert.Empty(Directory.EnumerateFiles(spool.Folder, "0000*"));
    }

    [Theory]
    [InlineData(15)]
    [InlineData(18)]
    public async Task A_server_archives_and_recovers_asynchronously(int version)
    {
        await using var site = await ArchivingSite.StartAsync(TestServer.Find(version), spool: true);
        await site.Cluster.ExecuteAsync("create table t (i int, filler text)");
        await site.CopyAsync("copy");
        await site.Cluster.ExecuteAsync("insert into t select i, md5(i::text) || repeat('x', 500) from generate_series(1, 40000) i");
        await site.SwitchAndWaitAsync();
        Assert.Equal(0L, await site.Cluster.QueryAsync<long>("select failed_count from pg_stat_archiver"));
        await using var copy = await site.StartCopyAsync("copy");
        Assert.Equal(40000L, await copy.QueryAsync<long>("select count(*) from t"));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(site.Cluster.Folder, "spool"), "last-error.txt", SearchOption.AllDirectories));
    }

    private static int Segments(WalSpool spool) => Directory.EnumerateFiles(spool.Folder, "0000*").Count(f => !Path.HasExtension(f));

    private static WalFileName Name(ulong number) => WalFileName.TryParse(SegmentFile.Segment(number).FileName, out var name) ? name : default;

    private static WalSpool Spool(WalWorkspace work, string purpose) => new(Path.Combine(work.Folder, "spool"), SegmentFile.Cluster, ["repo"], purpose);

    private static void Ready(WalWorkspace work, string path) => File.WriteAllText(Path.Combine(work.WalFolder, "archive_status", Path.GetFileName(path) + ".ready"), "");

    private static void Done(WalWorkspace work, string path) => File.Delete(Path.Combine(work.WalFolder, "archive_status", Path.GetFileName(path) + ".ready"));

    private static int Stored(WalWorkspace work)
    {
        var logs = Path.Combine(work.Folder, "repo", "logs");
        return Directory.Exists(logs) ? Directory.GetFiles(logs, "*", SearchOption.AllDirectories).Length : 0;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(2));
            await Task.Delay(5, WalWorkspace.Cancellation);
        }
    }
}
