using DrTools.Backup;
using DrTools.Repositories;
using Xunit;

namespace DrTools.Tests.Torture;

/// <summary>A process is killed at any moment; what was there stays whole, and the next one carries on at once.</summary>
public sealed class CrashTests
{
    private static readonly RepositoryTuning Tuning = new() { PackLength = 256 << 10 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_full_backups_are_invisible_and_what_they_stored_is_reused()
    {
        var seed = TortureScale.NewSeed();
        var random = new Random(seed);
        await using var torture = await TortureRepository.CreateAsync(Tuning);
        var tree = new ChangingTree(torture.At("tree"), seed, 120, 1 << 20);
        var expected = TreeDigest.Of(tree.Root);
        var (clean, duration) = await MeasureAsync(tree.Root);

        var kills = TortureScale.Pick(6, 60);
        for (var kill = 0; kill < kills; kill++)
        {
            using var host = HostProcess.Start(Tuning, "backup", torture.Location, tree.Root, "Full", "1");
            await host.WaitUntilReadyAsync();
            await Task.Delay(random.Next((int)duration.TotalMilliseconds), Cancel);
            await host.KillAsync();
            var backups = await torture.AssertWholeAsync($"seed {seed}, kill {kill}");
            if (backups.Count > 0)
            {
                // It was quicker than the executioner. One backup is enough; the next ones are to be new.
                TreeDigest.AssertSame(expected, await torture.RestoreAndDigestAsync(backups[^1]), $"seed {seed}, kill {kill}");
                await torture.ExpireAllAsync();
            }
        }

        var before = torture.PackBytes();
        var result = await torture.BackUpAsync(tree.Root, BackupType.Full);
        Assert.True(torture.PackBytes() < 1.35 * clean, $"seed {seed}: a clean full takes {clean} bytes, {before} were there after {kills} kills, and {torture.PackBytes()} after resuming.");
        TreeDigest.AssertSame(expected, await torture.RestoreAndDigestAsync(result.Backup), $"seed {seed}");
        await torture.AssertWholeAsync($"seed {seed}");
        await torture.AssertNoOrphansAsync($"seed {seed}");
    }

    [Fact]
    public async Task Killed_incremental_backups_and_expiries_lose_nothing()
    {
        var seed = TortureScale.NewSeed();
        var random = new Random(seed);
        await using var torture = await TortureRepository.CreateAsync(Tuning);
        var tree = new ChangingTree(torture.At("tree"), seed, 80, 600_000);
        var known = new Dictionary<string, SortedDictionary<string, string>>();
        var first = await torture.BackUpAsync(tree.Root, BackupType.Full);
        known[first.Backup.Id] = TreeDigest.Of(tree.Root);

        var kills = TortureScale.Pick(16, 120);
        for (var kill = 0; kill < kills; kill++)
        {
            var what = $"seed {seed}, kill {kill}";
            tree.Change(random.Next(1, 12));
            var now = TreeDigest.Of(tree.Root);
            var expiry = kill % 3 == 2;
            using var host = expiry
                ? HostProcess.Start(Tuning, "expire", torture.Location, $"last={random.Next(1, 4)}", "0")
                : HostProcess.Start(Tuning, "backup", torture.Location, tree.Root, random.Next(6) switch { 0 => "Full", 1 => "Differential", _ => "Incremental" }, "50");
            await host.WaitUntilReadyAsync();
            if (expiry)
            {
                host.Go();
            }

            await Task.Delay(random.Next(expiry ? 120 : 500), Cancel);
            await host.KillAsync();
            foreach (var backup in await torture.AssertWholeAsync(what))
            {
                known.TryAdd(backup.Id, now);
            }

            var stored = torture.PackBytes();
            var resumed = await torture.BackUpAsync(tree.Root, random.Next(8) == 0 ? BackupType.Full : BackupType.Incremental);
            known[resumed.Backup.Id] = now;
            Assert.True(resumed.Backup.Type == BackupType.Full || torture.PackBytes() - stored < 6 << 20, $"{what}: {torture.PackBytes() - stored} bytes were added by an incremental.");
            if (kill % 4 == 3)
            {
                await torture.ExpireAsync("last=3");
                await torture.AssertNoOrphansAsync(what);
            }
        }

        foreach (var backup in await torture.AssertWholeAsync($"seed {seed}"))
        {
            TreeDigest.AssertSame(known[backup.Id], await torture.RestoreAndDigestAsync(backup), $"seed {seed}, {backup.Id}");
        }

        await torture.ExpireAsync("last=1");
        await torture.AssertNoOrphansAsync($"seed {seed}");
    }

    [Fact]
    public async Task Killed_key_rotations_leave_a_repository_that_the_old_or_the_new_secret_opens()
    {
        var seed = TortureScale.NewSeed();
        var random = new Random(seed);
        await using var torture = await TortureRepository.CreateAsync();
        var kills = TortureScale.Pick(6, 40);
        for (var kill = 0; kill < kills; kill++)
        {
            using var host = HostProcess.Start(Tuning, "rotate", torture.Location, "new secret");
            await host.WaitUntilReadyAsync();
            await Task.Delay(random.Next(25), Cancel);
            await host.KillAsync();
            var passphrase = TortureRepository.Passphrase;
            try
            {
                await (await torture.OpenAsync(passphrase)).DisposeAsync();
            }
            catch (DrException e) when (e.Error == DrError.WrongKey)
            {
                passphrase = "new secret";
            }

            // Whoever cannot tell whether a rotation came through repeats it.
            await torture.ReopenAsync(passphrase);
            await torture.RotateAsync(TortureRepository.Passphrase);
            await torture.ReopenAsync();
            await torture.AssertWholeAsync($"seed {seed}, kill {kill}");
            Assert.Equal(2, Directory.GetFiles(Path.Combine(torture.Location, "header")).Length);
            var e2 = await Assert.ThrowsAsync<DrException>(() => torture.OpenAsync("new secret"));
            Assert.Equal(DrError.WrongKey, e2.Error);
        }
    }

    private static async Task<(long Bytes, TimeSpan Duration)> MeasureAsync(string tree)
    {
        await using var clean = await TortureRepository.CreateAsync(Tuning);
        using var host = HostProcess.Start(Tuning, "backup", clean.Location, tree, "Full", "1");
        await host.WaitUntilReadyAsync();
        var started = TimeProvider.System.GetTimestamp();
        Assert.StartsWith("done", await host.ReadLineAsync(), StringComparison.Ordinal);
        return (clean.PackBytes(), TimeProvider.System.GetElapsedTime(started));
    }
}
