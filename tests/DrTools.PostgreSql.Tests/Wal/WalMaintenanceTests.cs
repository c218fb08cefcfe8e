using DrTools.Expiry;
using DrTools.PostgreSql.Wal;
using DrTools.Retention;
using DrTools.Verification;

namespace DrTools.PostgreSql.Tests.Wal;

public sealed class WalMaintenanceTests
{
    [Fact]
    public async Task A_flipped_bit_in_a_log_is_found_and_named()
    {
        await using var work = new WalWorkspace();
        var archive = await work.CreateArchiveAsync();
        for (ulong number = 1; number <= 6; number++)
        {
            await WalWorkspace.PushOkAsync(archive, work.Write(SegmentFile.Segment(number)));
        }

        var content = new VerificationEngine(archive.Repository, new VerifyOptions { Level = VerifyLevel.Content });
        var sound = await content.CheckRepositoryAsync(WalWorkspace.Cancellation);
        Assert.True(sound.Passed);
        Assert.Equal((6, 6), (sound.Logs, sound.ReadLogs));

        var damaged = Directory.EnumerateFiles(Path.Combine(work.Folder, "repo/logs"), "*4", SearchOption.AllDirectories).Single();
        var bytes = File.ReadAllBytes(damaged);
        for (var at = 0; at < bytes.Length; at += Math.Max(1, bytes.Length / 60))
        {
            bytes[at] ^= 0x10;
            File.WriteAllBytes(damaged, bytes);
            var finding = Assert.Single((await content.CheckRepositoryAsync(WalWorkspace.Cancellation)).Findings);
            Assert.EndsWith("000000010000000000000004", finding.Object, StringComparison.Ordinal);
            bytes[at] ^= 0x10;
        }

        // Cut short, lengthened, or put in another's place.
        foreach (var length in (int[])[0, 40, 64, bytes.Length - 1, bytes.Length - 36])
        {
            File.WriteAllBytes(damaged, bytes[..length]);
            Assert.Single((await content.CheckRepositoryAsync(WalWorkspace.Cancellation)).Findings);
        }

        File.WriteAllBytes(damaged, [.. bytes, 0]);
        Assert.Single((await content.CheckRepositoryAsync(WalWorkspace.Cancellation)).Findings);
        File.Copy(damaged[..^1] + "3", damaged, overwrite: true);
        Assert.Single((await content.CheckRepositoryAsync(WalWorkspace.Cancellation)).Findings);
        File.WriteAllBytes(damaged, bytes);
        Assert.True((await content.CheckRepositoryAsync(WalWorkspace.Cancellation)).Passed);

        // What is no log does not belong among them.
        File.WriteAllText(Path.Combine(work.Folder, "repo/logs/stray"), "x");
        Assert.Equal("logs/stray", Assert.Single((await new VerificationEngine(archive.Repository, new VerifyOptions()).CheckRepositoryAsync(WalWorkspace.Cancellation)).Findings).Object);
    }

    [Fact]
    public async Task Expiry_keeps_logs_that_nothing_knows_to_be_old_and_young_ones_in_any_case()
    {
        PostgreSqlProvider.Register();
        await using var work = new WalWorkspace();
        var archive = await work.CreateArchiveAsync();
        await WalWorkspace.PushOkAsync(archive, work.Write(SegmentFile.Segment(5)));
        var options = new ExpiryOptions { Policy = RetentionPolicy.Parse(["last=1"]), DryRun = true };
        var result = await new ExpiryEngine(archive.Repository).RunAsync(options, WalWorkspace.Cancellation);
        var series = Assert.Single(result.Logs);
        Assert.Equal((WalCluster.SeriesOf(SegmentFile.Cluster), 0, 1), (series.Series, series.Removed, series.Kept));
        Assert.Contains("no backup of this cluster", Assert.Single(series.Reasons), StringComparison.Ordinal);
    }
}
