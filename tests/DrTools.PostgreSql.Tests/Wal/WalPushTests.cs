using DrTools.PostgreSql.Wal;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Tests.Wal;

public sealed class WalPushTests
{
    [Fact]
    public async Task A_segment_comes_back_as_it_was_and_a_second_push_changes_nothing()
    {
        await using var work = new WalWorkspace();
        var archive = await work.CreateArchiveAsync();
        var path = work.Write(SegmentFile.Segment(5));
        Assert.Equal(LogPutOutcome.Stored, await WalWorkspace.PushOkAsync(archive, path));
        var stored = new FileInfo(Path.Combine(work.Folder, "repo/logs", WalCluster.SeriesOf(SegmentFile.Cluster), "00000001", "000000010000000000000005"));
        Assert.True(stored.Exists && stored.Length < SegmentFile.Size / 4);
        Assert.Equal(LogPutOutcome.AlreadyThere, await WalWorkspace.PushOkAsync(archive, path));
        Assert.Equal(stored.LastWriteTimeUtc, new FileInfo(stored.FullName).LastWriteTimeUtc);
        Assert.Equal(await File.ReadAllBytesAsync(path, WalWorkspace.Cancellation), await work.GetAsync("000000010000000000000005", archive));
        Assert.Null(await work.GetAsync("000000010000000000000006", archive));
    }

    [Fact]
    public async Task Another_content_under_a_name_is_refused_and_the_first_stays()
    {
        await using var work = new WalWorkspace();
        var archive = await work.CreateArchiveAsync();
        await WalWorkspace.PushOkAsync(archive, work.Write(SegmentFile.Segment(5), fill: 1));
        var error = await Assert.ThrowsAsync<DrException>(() => WalWorkspace.PushOkAsync(archive, work.Write(SegmentFile.Segment(5), fill: 2)));
        Assert.Equal(DrError.LogConflict, error.Error);
        Assert.Contains("000000010000000000000005", error.Message, StringComparison.Ordinal);
        Assert.Contains("old primary", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await work.GetAsync("000000010000000000000005", archive))![100]);
    }

    [Fact]
    public async Task Two_copies_that_both_become_timeline_2_collide_on_its_history()
    {
        await using var work = new WalWorkspace();
        var archive = await work.CreateArchiveAsync();
        await WalWorkspace.PushOkAsync(archive, work.Write("00000002.history", "1\t0/5000100\tno recovery target specified\n"));
        Assert.Equal(LogPutOutcome.AlreadyThere, await WalWorkspace.PushOkAsync(archive, work.Write("00000002.history", "1\t0/5000100\tno recovery target specified\n")));
        var error = await Assert.ThrowsAsync<DrException>(() => WalWorkspace.PushOkAsync(archive, work.Write("00000002.history", "1\t0/6000200\tno recovery target specified\n")));
        Assert.Equal(DrError.LogConflict, error.Error);
        Assert.Contains("became timeline 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("promotion", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_history_a_partial_segment_and_a_timeline_history_go_beside_their_timeline()
    {
        await using var work = new WalWorkspace();
        var archive = await work.CreateArchiveAsync();
        string[] names = ["000000010000000000000005.00000028.backup", "000000010000000000000005.partial", "00000002.history"];
        await WalWorkspace.PushOkAsync(archive, work.Write(names[0], "START WAL LOCATION: 0/500028\n"));
        await WalWorkspace.PushOkAsync(archive, work.Write(SegmentFile.Segment(5), name: names[1]));
        await WalWorkspace.PushOkAsync(archive, work.Write(names[2], "1\t0/5000100\tbefore\n"));
        var listed = new List<string>();
        await foreach (var log in archive.ListAsync(WalCluster.SeriesOf(SegmentFile.Cluster), WalWorkspace.Cancellation))
        {
            listed.Add($"{log.Name.Stream}/{log.Name.Name}");
        }

        Assert.Equal([$"00000001/{names[0]}", $"00000001/{names[1]}", $"00000002/{names[2]}"], listed);
        foreach (var name in names)
        {
            Assert.NotNull(await work.GetAsync(name, archive));
        }

        // A partial segment is never taken for the whole one.
        Assert.Null(await work.GetAsync("000000010000000000000005", archive));
    }

    [Theory]
    [InlineData("position", "0/500000")]
    [InlineData("timeline", "timeline 2")]
    [InlineData("cut", "instead of 1048576")]
    [InlineData("empty", "shorter than a page header")]
    [InlineData("text", "magic number")]
    [InlineData("cluster", "system identifier")]
    [InlineData("header", "long header")]
    public async Task A_file_that_is_not_what_its_name_says_is_refused(string fault, string told)
    {
        await using var work = new WalWorkspace();
        var archive = await work.CreateArchiveAsync();
        var segment = SegmentFile.Segment(5);
        var path = work.Write(segment);
        switch (fault)
        {
            case "position":
                path = work.Write(segment, name: "000000010000000000000006");
                break;
            case "timeline":
                File.WriteAllBytes(path, SegmentFile.Content(segment, headerTimeline: 2));
                break;
            case "cut":
                File.WriteAllBytes(path, SegmentFile.Content(segment)[..^8192]);
                break;
            case "empty":
                File.WriteAllBytes(path, []);
                break;
            case "text":
                File.WriteAllText(path, new string('x', 1 << 20));
                break;
            case "cluster":
                File.WriteAllBytes(path, SegmentFile.Content(segment, cluster: 1));
                break;
            default:
                var content = SegmentFile.Content(segment);
                content[2] = 0;
                File.WriteAllBytes(path, content);
                break;
        }

        var error = await Assert.ThrowsAsync<DrException>(() => WalWorkspace.PushAsync(archive, path));
        Assert.Equal(DrError.SourceFailure, error.Error);
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(work.Folder, "repo/logs")));
    }

    [Fact]
    public async Task The_first_segment_of_a_timeline_bears_the_one_before_in_its_first_page()
    {
        await using var work = new WalWorkspace();
        var archive = await work.CreateArchiveAsync();
        var segment = SegmentFile.Segment(5, timeline: 3);
        var path = Path.Combine(work.WalFolder, segment.FileName);
        File.WriteAllBytes(path, SegmentFile.Content(segment, headerTimeline: 2));
        await WalWorkspace.PushOkAsync(archive, path);
        Assert.NotNull(await work.GetAsync("000000030000000000000005", archive));
    }

    [Theory]
    [InlineData("notes.txt")]
    [InlineData("00000001000000000000000a")]
    [InlineData("000000000000000000000001")]
    [InlineData("000000010000000000000001.part")]
    public async Task A_file_that_postgresql_does_not_archive_is_refused(string name)
    {
        await using var work = new WalWorkspace();
        var archive = await work.CreateArchiveAsync();
        Assert.Equal(DrError.BadUsage, (await Assert.ThrowsAsync<DrException>(() => WalWorkspace.PushAsync(archive, work.Write(name, "x")))).Error);
    }

    [Fact]
    public async Task Several_repositories_all_get_it_and_the_first_that_has_it_serves()
    {
        await using var work = new WalWorkspace();
        var first = await work.CreateArchiveAsync("first");
        var second = await work.CreateArchiveAsync("second");
        var path = work.Write(SegmentFile.Segment(5));
        await WalWorkspace.PushOkAsync(second, path);
        var result = WalPush.Run([first, second], path);
        Assert.True(result.IsEverywhere);
        Assert.Equal([LogPutOutcome.Stored, LogPutOutcome.AlreadyThere], result.Results.Select(r => r.Outcome));

        // One that fails keeps the other from nothing, and the whole is no success.
        var next = work.Write(SegmentFile.Segment(6));
        await WalWorkspace.PushOkAsync(first, work.Write(SegmentFile.Segment(6), fill: 9));
        work.Write(SegmentFile.Segment(6));
        result = WalPush.Run([first, second], next);
        Assert.False(result.IsEverywhere);
        Assert.Equal([LogPutOutcome.Failed, LogPutOutcome.Stored], result.Results.Select(r => r.Outcome));

        Damage(Path.Combine(work.Folder, "first"));
        Assert.Equal(1, (await work.GetAsync("000000010000000000000005", first, second))![500]);
        Assert.Equal(DrError.IntegrityFailure, (await Assert.ThrowsAsync<DrException>(() => work.GetAsync("000000010000000000000005", first))).Error);
    }

    [Fact]
    public async Task Of_two_that_push_one_name_at_once_one_wins_and_equal_ones_both_succeed()
    {
        await using var work = new WalWorkspace();
        var archive = await work.CreateArchiveAsync();
        for (ulong number = 1; number <= 10; number++)
        {
            var segment = SegmentFile.Segment(number);
            string[] paths = [.. Enumerable.Range(0, 4).Select(i => Path.Combine(Directory.CreateDirectory(Path.Combine(work.Folder, $"p{i}")).FullName, segment.FileName))];
            for (var i = 0; i < paths.Length; i++)
            {
                File.WriteAllBytes(paths[i], SegmentFile.Content(segment, fill: (byte)(number % 2 == 0 ? 1 : i)));
            }

            var results = await Task.WhenAll(paths.Select(p => Task.Run(() => WalWorkspace.PushAsync(archive, p))));
            var outcomes = results.Select(r => r.Results[0].Outcome).Order().ToArray();
            Assert.Equal(number % 2 == 0
                ? [LogPutOutcome.Stored, LogPutOutcome.AlreadyThere, LogPutOutcome.AlreadyThere, LogPutOutcome.AlreadyThere]
                : [LogPutOutcome.Stored, LogPutOutcome.Failed, LogPutOutcome.Failed, LogPutOutcome.Failed], outcomes);
        }
    }

    private static void Damage(string repository)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(repository, "logs"), "*", SearchOption.AllDirectories))
        {
            var content = File.ReadAllBytes(file);
            content[^100] ^= 1;
            File.WriteAllBytes(file, content);
        }
    }
}
