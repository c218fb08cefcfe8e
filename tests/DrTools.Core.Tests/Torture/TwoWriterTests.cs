using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Repositories.Leases;
using DrTools.Sources.Files;
using Xunit;

namespace DrTools.Tests.Torture;

/// <summary>Real processes that want the same repository at the same time.</summary>
public sealed class TwoWriterTests : IAsyncLifetime
{
    private static readonly RepositoryTuning Tuning = new() { PackLength = 256 << 10 };

    private TortureRepository _torture = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _torture = await TortureRepository.CreateAsync(Tuning);

    public ValueTask DisposeAsync() => _torture.DisposeAsync();

    [Fact]
    public async Task The_second_backup_of_a_source_is_told_who_takes_the_first()
    {
        var tree = NewTree("tree", 1);
        using var first = await StartBackupAsync(tree, Tuning);
        await WaitForLeaseAsync();
        first.Suspend();
        var e = await Assert.ThrowsAsync<DrException>(() => _torture.BackUpAsync(tree));
        Assert.Equal(DrError.LeaseHeld, e.Error);
        Assert.Contains($"{Environment.UserName} on {Environment.MachineName} (process {first.Id}) has been at work here (backup of files:{tree})", e.Message, StringComparison.Ordinal);
        first.Resume();
        Assert.StartsWith("done ", await first.FinishAsync(), StringComparison.Ordinal);
        Assert.Single(await _torture.AssertWholeAsync("after the first"));
        Assert.Equal(BackupType.Incremental, (await _torture.BackUpAsync(tree)).Backup.Type);
    }

    [Fact]
    public async Task Backups_of_different_sources_do_not_disturb_each_other()
    {
        var trees = Enumerable.Range(0, 3).Select(i => NewTree($"tree{i}", i)).ToList();
        var hosts = trees.Select(t => HostProcess.Start(Tuning, "backup-when-told", _torture.Location, t, "Full")).ToList();
        foreach (var host in hosts)
        {
            await host.WaitUntilReadyAsync();
        }

        hosts.ForEach(h => h.Go());
        foreach (var host in hosts)
        {
            Assert.StartsWith("done ", await host.FinishAsync(), StringComparison.Ordinal);
            host.Dispose();
        }

        var backups = await _torture.AssertWholeAsync("three at once");
        Assert.Equal(3, backups.Count);
        foreach (var backup in backups)
        {
            TreeDigest.AssertSame(TreeDigest.Of(backup.Source["files:".Length..]), await _torture.RestoreAndDigestAsync(backup), backup.Source);
        }
    }

    [Fact]
    public async Task Of_racing_backups_of_one_source_exactly_one_runs()
    {
        var tree = NewTree("tree", 5);
        var hosts = Enumerable.Range(0, 4).Select(_ => HostProcess.Start(Tuning, "backup-when-told", _torture.Location, tree, "Full")).ToList();
        foreach (var host in hosts)
        {
            await host.WaitUntilReadyAsync();
        }

        hosts.ForEach(h => h.Go());
        var words = new List<string>();
        foreach (var host in hosts)
        {
            words.Add(await host.FinishAsync());
            host.Dispose();
        }

        // A slow one may come when the first has finished already; then it is simply the next.
        var done = words.Count(w => w.StartsWith("done ", StringComparison.Ordinal));
        Assert.True(done >= 1 && words.All(w => w.StartsWith("done ", StringComparison.Ordinal) || w.StartsWith("failed LeaseHeld ", StringComparison.Ordinal)), string.Join('\n', words));
        var backups = await _torture.AssertWholeAsync("racing");
        Assert.Equal(done, backups.Count);
        Assert.Equal(Enumerable.Range(1, done).Select(i => (long)i), backups.Select(b => b.Sequence));
    }

    [Fact]
    public async Task A_backup_that_slept_while_another_took_over_does_not_commit()
    {
        var brief = Tuning with { LeaseDuration = TimeSpan.FromSeconds(1) };
        var seed = TortureScale.NewSeed();
        var random = new Random(seed);
        for (var round = 0; round < TortureScale.Pick(2, 20); round++)
        {
            var tree = NewTree($"tree{round}", seed + round);
            using var sleeper = await StartBackupAsync(tree, brief);
            await WaitForLeaseAsync();
            await Task.Delay(random.Next(60), Cancel);
            sleeper.Suspend();
            if ((await _torture.ListAsync()).Any(b => b.Source == "files:" + tree))
            {
                // Too quick for this round.
                sleeper.Resume();
                await sleeper.FinishAsync();
                continue;
            }

            await Task.Delay(1200, Cancel);
            using var successor = await StartBackupAsync(tree, brief);
            Assert.StartsWith("done ", await successor.FinishAsync(), StringComparison.Ordinal);
            sleeper.Resume();
            var word = await sleeper.FinishAsync();
            Assert.True(word.StartsWith("failed LeaseLost ", StringComparison.Ordinal), $"seed {seed}: {word}");
            var backup = Assert.Single(await _torture.AssertWholeAsync($"seed {seed}"), b => b.Source == "files:" + tree);
            TreeDigest.AssertSame(TreeDigest.Of(tree), await _torture.RestoreAndDigestAsync(backup), $"seed {seed}");

            // Nothing of the sleeper stands in the way of the next one.
            Assert.Equal(2, (await _torture.BackUpAsync(tree)).Backup.Sequence);
        }
    }

    [Fact]
    public async Task After_a_kill_exactly_one_of_many_takes_the_lease_over()
    {
        using (var dead = HostProcess.Start(Tuning, "lease", _torture.Location, "contested"))
        {
            await dead.WaitUntilReadyAsync();
            dead.Go();
            Assert.Equal("done", await dead.ReadLineAsync());
            var e = await Assert.ThrowsAsync<DrException>(() => _torture.Repository.Leases.AcquireAsync("contested", LeaseRecord.For("test"), Cancel).AsTask());
            Assert.Equal(DrError.LeaseHeld, e.Error);
            await dead.KillAsync();
        }

        var hosts = Enumerable.Range(0, TortureScale.Pick(5, 12)).Select(_ => HostProcess.Start(Tuning, "lease", _torture.Location, "contested")).ToList();
        foreach (var host in hosts)
        {
            await host.WaitUntilReadyAsync();
        }

        hosts.ForEach(h => h.Go());
        var words = new List<string?>();
        foreach (var host in hosts)
        {
            words.Add(await host.ReadLineAsync());
        }

        hosts.ForEach(h => h.Dispose());
        Assert.Single(words, "done");
        Assert.Equal(hosts.Count - 1, words.Count(w => w!.StartsWith("failed LeaseHeld ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Of_two_expiries_one_runs()
    {
        await _torture.BackUpAsync(NewTree("tree", 3));
        var hosts = Enumerable.Range(0, 2).Select(_ => HostProcess.Start(Tuning, "expire", _torture.Location, "last=1", "0")).ToList();
        foreach (var host in hosts)
        {
            await host.WaitUntilReadyAsync();
        }

        hosts.ForEach(h => h.Go());
        var words = new List<string>();
        foreach (var host in hosts)
        {
            words.Add(await host.FinishAsync());
            host.Dispose();
        }

        Assert.Contains(words, w => w.StartsWith("done ", StringComparison.Ordinal));
        Assert.All(words, w => Assert.True(w.StartsWith("done ", StringComparison.Ordinal) || w.StartsWith("failed LeaseHeld ", StringComparison.Ordinal), w));
        await _torture.AssertWholeAsync("two expiries");
    }

    [Fact]
    public async Task Backups_beside_expiries_always_restore()
    {
        var seed = TortureScale.NewSeed();
        var random = new Random(seed);
        var trees = Enumerable.Range(0, 2).Select(i => new ChangingTree(_torture.At($"small{i}"), seed + i, 6, 20_000)).ToList();
        var large = Path.Combine(trees[0].Root, "a-large-one");
        await using var other = await _torture.OpenAsync();
        var expected = new Dictionary<string, SortedDictionary<string, string>>();
        var rounds = TortureScale.Pick(60, 1000);
        for (var round = 0; round < rounds; round++)
        {
            var what = $"seed {seed}, round {round}";
            var delays = Enumerable.Range(0, 4).Select(_ => random.Next(25)).ToList();
            var types = trees.Select(_ => (BackupType)random.Next(3)).ToList();
            var interrupts = random.Next(4) == 0;
            var rule = $"last={random.Next(1, 4)}";
            var expiring = Task.Run(
                async () =>
                {
                    await Task.Delay(delays[2], Cancel);
                    await new DrTools.Expiry.ExpiryEngine(other).RunAsync(
                        new DrTools.Expiry.ExpiryOptions { Policy = DrTools.Retention.RetentionPolicy.Parse([rule]), OrphanGrace = TimeSpan.Zero }, Cancel);
                },
                Cancel);
            var backups = trees.Select((tree, i) => Task.Run(
                async () =>
                {
                    await Task.Delay(delays[i], Cancel);
                    if (interrupts && i == 0)
                    {
                        // What this one leaves behind is what the next one resumes while the expiry looks for orphans.
                        var stored = _torture.CountPacks();
                        await Assert.ThrowsAsync<DrException>(() => _torture.BackUpAsync(new BreakingSource(new FilesSource(tree.Root), 4, () => _torture.CountPacks() > stored), types[i]));
                    }

                    return await _torture.BackUpAsync(tree.Root, types[i]);
                },
                Cancel)).ToList();
            for (var i = 0; i < trees.Count; i++)
            {
                expected[(await backups[i]).Backup.Id] = TreeDigest.Of(trees[i].Root);
            }

            await expiring;
            foreach (var tree in trees)
            {
                tree.Change(random.Next(1, 4));
            }

            var content = new byte[700_000];
            random.NextBytes(content);
            await File.WriteAllBytesAsync(large, content, Cancel);

            if (round % 5 == 4 || round == rounds - 1)
            {
                foreach (var backup in await _torture.AssertWholeAsync(what))
                {
                    TreeDigest.AssertSame(expected[backup.Id], await _torture.RestoreAndDigestAsync(backup), what);
                }
            }
        }

        await _torture.AssertNoOrphansAsync($"seed {seed}");
    }

    /// <summary>An expiry that had read the leases before the backup had one would delete what it resumes.</summary>
    [Fact]
    public async Task What_an_interrupted_backup_stored_is_not_reused_while_an_expiry_runs()
    {
        var tree = NewTree("tree", 8);
        await Assert.ThrowsAsync<DrException>(() => _torture.BackUpAsync(new BreakingSource(new FilesSource(tree), 59, () => _torture.Packs().Count > 3, patience: 10_000)));
        Assert.NotEmpty(_torture.Packs());
        var interrupted = _torture.Packs().Select(p => p.Name).ToHashSet();
        await using (await _torture.Repository.Leases.AcquireAsync(Expiry.ExpiryEngine.LeaseScope, LeaseRecord.For("expire"), Cancel))
        {
            var result = await _torture.BackUpAsync(tree);
            Assert.Contains("What an interrupted backup had stored is not reused, because an expiry that may remove it is running.", result.Notes);
            var manifest = await _torture.Repository.Manifests.ReadAsync(result.Backup.Id, Cancel);
            Assert.DoesNotContain(manifest.Packs, p => interrupted.Contains(p.Id.ToString("n")));
        }

        await _torture.AssertNoOrphansAsync("after the expiry");
        await _torture.AssertWholeAsync("after the expiry");
    }

    private string NewTree(string name, int seed) => new ChangingTree(_torture.At(name), seed, 60, 2 << 20).Root;

    private async Task<HostProcess> StartBackupAsync(string tree, RepositoryTuning tuning)
    {
        var host = HostProcess.Start(tuning, "backup", _torture.Location, tree, "Full", "1");
        await host.WaitUntilReadyAsync();
        return host;
    }

    private async Task WaitForLeaseAsync()
    {
        for (var i = 0; i < 2000; i++)
        {
            if ((await _torture.Repository.Leases.ListLiveAsync(Cancel)).Count > 0)
            {
                return;
            }

            await Task.Delay(2, Cancel);
        }

        Assert.Fail("No lease appears.");
    }
}
