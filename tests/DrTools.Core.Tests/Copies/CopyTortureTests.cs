using DrTools.Backup;
using DrTools.Copies;
using DrTools.Expiry;
using DrTools.Repositories;
using DrTools.Retention;
using DrTools.Tests.Torture;
using Xunit;

namespace DrTools.Tests.Copies;

/// <summary>Copies that are killed, that read damaged repositories, and that run beside expiries.</summary>
public sealed class CopyTortureTests
{
    private static readonly RepositoryTuning Tuning = new() { PackLength = 128 << 10 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_copies_leave_nothing_wrong_and_what_they_stored_is_reused()
    {
        var seed = TortureScale.NewSeed();
        var random = new Random(seed);
        await using var pair = await CopyPair.CreateAsync(Tuning);
        var tree = new ChangingTree(pair.Source.At("tree"), seed, 100, 1 << 20);
        var digests = new Dictionary<string, SortedDictionary<string, string>>();
        for (var i = 0; i < 4; i++)
        {
            digests[(await pair.Source.BackUpAsync(tree.Root, i == 2 ? BackupType.Full : BackupType.Incremental)).Backup.Id] = TreeDigest.Of(tree.Root);
            tree.Change(10);
        }

        // Some are killed as soon as they have stored so many packs, some at any time.
        var kills = TortureScale.Pick(8, 80);
        var interrupted = 0;
        for (var kill = 0; kill < kills; kill++)
        {
            var before = pair.Target.CountPacks();
            using var host = HostProcess.Start(Tuning, "copy", pair.Source.Location, pair.Target.Location);
            await host.WaitUntilReadyAsync();
            host.Go();
            await WaitAsync(() => host.HasExited || pair.Target.CountPacks() >= before + 1 + random.Next(3));
            await Task.Delay(random.Next(30), Cancel);
            interrupted += host.HasExited ? 0 : 1;
            await host.KillAsync();
            await pair.Target.AssertWholeAsync($"seed {seed}, kill {kill}");
            await pair.AssertChainsAsync($"seed {seed}, kill {kill}");
            if (random.Next(4) == 0)
            {
                await pair.Target.ExpireAsync("last=100", TimeSpan.FromHours(24));
            }
        }

        Assert.True(interrupted > 0, $"seed {seed}: not one copy was caught at work.");
        Assert.Contains(await pair.Target.Repository.Journal.ReadAsync(1000, Cancel), r => r is { Operation: "copy", Outcome: DrTools.Repositories.Journal.RunOutcome.Abandoned });
        var stored = pair.Target.Packs().Select(p => (p.FullName, p.LastWriteTimeUtc)).ToHashSet();
        var result = await pair.CopyAsync();
        Assert.True(result.Passed);
        Assert.Superset(stored, pair.Target.Packs().Select(p => (p.FullName, p.LastWriteTimeUtc)).ToHashSet());
        Assert.Equal(pair.Source.PackBytes(), pair.Target.PackBytes());
        pair.DestroySource();
        foreach (var backup in await pair.Target.AssertWholeAsync($"seed {seed}"))
        {
            TreeDigest.AssertSame(digests[backup.Id], await pair.Target.RestoreAndDigestAsync(backup), $"seed {seed}, {backup.Id}");
            digests.Remove(backup.Id);
        }

        Assert.Empty(digests);
        await pair.Target.AssertNoOrphansAsync($"seed {seed}");
    }

    [Fact]
    public async Task A_second_copy_of_a_source_is_told_who_makes_the_first_and_other_sources_are_copied()
    {
        await using var pair = await CopyPair.CreateAsync(Tuning);
        var trees = Enumerable.Range(0, 2).Select(i => new ChangingTree(pair.Source.At($"tree{i}"), i, 6, 20_000)).ToList();
        var backups = new List<BackupInfo>();
        foreach (var tree in trees)
        {
            backups.Add((await pair.Source.BackUpAsync(tree.Root)).Backup);
        }

        var tag = DrTools.Repositories.Manifests.ManifestName.TagOf(pair.Target.Repository.Key, backups[0].Host, backups[0].Source);
        await using (await pair.Target.Repository.Leases.AcquireAsync($"copy-{tag}", DrTools.Repositories.Leases.LeaseRecord.For("copy"), Cancel))
        {
            var result = await pair.CopyAsync();
            Assert.Equal([CopyOutcome.Refused, CopyOutcome.Copied], result.Backups.Select(b => b.Outcome));
            Assert.Equal(DrError.LeaseHeld, Assert.Single(result.Errors).Error);
        }

        Assert.True((await pair.CopyAsync()).Passed);
        Assert.Equal(2, (await pair.Target.AssertWholeAsync("both")).Count);
    }

    [Fact]
    public async Task What_an_interrupted_copy_left_damaged_is_stored_anew()
    {
        await using var pair = await CopyPair.CreateAsync(Tuning);
        var tree = new ChangingTree(pair.Source.At("tree"), 8, 30, 400_000);
        await pair.Source.BackUpAsync(tree.Root);
        await pair.CopyAsync();
        File.Delete(Directory.GetFiles(Path.Combine(pair.Target.Location, "manifests"), "*", SearchOption.AllDirectories).Single());
        var packs = pair.Target.Packs();
        await FlipAsync(packs[0].FullName, packs[0].Length / 2);
        await File.WriteAllBytesAsync(packs[1].FullName, new byte[10], Cancel);
        var copied = Assert.Single((await pair.CopyAsync()).Backups);
        Assert.Equal((packs.Count, CopyOutcome.Copied), (copied.ReadBackPacks, copied.Outcome));
        await pair.Target.AssertWholeAsync("stored anew");
    }

    [Fact]
    public async Task Damage_does_not_travel_and_stops_nothing_else()
    {
        var seed = TortureScale.NewSeed();
        var random = new Random(seed);
        await using var source = await TortureRepository.CreateAsync(Tuning);
        var tree = new ChangingTree(source.At("tree"), seed, 40, 400_000);
        var digests = new Dictionary<string, SortedDictionary<string, string>>();
        foreach (var type in new[] { BackupType.Full, BackupType.Incremental, BackupType.Full, BackupType.Differential, BackupType.Incremental })
        {
            digests[(await source.BackUpAsync(tree.Root, type)).Backup.Id] = TreeDigest.Of(tree.Root);
            tree.Change(12);
        }

        var oracle = await ContentOracle.ReadAsync(source.Repository);
        var files = new StoredFiles(source.Location);
        for (var round = 0; round < TortureScale.Pick(20, 400); round++)
        {
            var damage = random.Next(5) switch
            {
                0 => Damage.Truncate(files, random, "packs/"),
                1 => Damage.Delete(files, random, files.Of("packs/")),
                2 => Damage.Swap(files, random, "packs/"),
                _ => Damage.Flip(files, oracle, random, "packs/"),
            };
            var what = $"seed {seed}, round {round}: {damage.What}";
            await using var target = await TortureRepository.CreateAsync(Tuning);
            var result = await new CopyEngine(source.Repository, target.Repository).RunAsync(new CopyOptions { Parallelism = 2 }, null, Cancel);
            foreach (var backup in result.Backups)
            {
                // The first bytes of a pack are made anew; all else of it that is damaged keeps it from being copied.
                var suffers = !damage.What.Contains("(prologue)", StringComparison.Ordinal) && damage.Objects.Any(o => oracle.Refers(backup.BackupId, o));
                Assert.True(suffers == (backup.Outcome == CopyOutcome.Refused), $"{what}: {backup.BackupId} was {backup.Outcome}.");
                if (!suffers)
                {
                    continue;
                }

                Assert.Equal(DrError.IntegrityFailure, backup.Error!.Error);
                // What a lost block lists can no longer be named, but for its first entry.
                IEnumerable<long> Lost(string name) => oracle.FramesOf(name).Where(f => damage.Lost(name, f)).Select(f => f.Offset);
                var unlisted = damage.Objects.Where(o => oracle.Refers(backup.BackupId, o)).SelectMany(o => oracle.ListedIn(backup.BackupId, o, Lost(o))).ToHashSet(StringComparer.Ordinal);
                Assert.True(unlisted.Count == 0 || backup.Findings.Sum(f => f.AffectedEntryCount) > 0, what);
                foreach (var name in damage.Objects.Where(o => oracle.Refers(backup.BackupId, o)))
                {
                    var finding = Assert.Single(backup.Findings, f => f.Object == name);
                    var entries = oracle.WithContentIn(backup.BackupId, name, Lost(name)).Except(unlisted).ToList();
                    Assert.True(entries.Count == 0 || finding.AffectedEntryCount >= entries.Count, $"{what}: {finding.AffectedEntryCount} instead of {entries.Count} entries are named.");
                    Assert.False(File.Exists(Path.Combine(target.Location, name)), $"{what}: the damaged pack was stored.");
                }
            }

            foreach (var copy in await target.AssertWholeAsync(what))
            {
                TreeDigest.AssertSame(digests[copy.Id], await target.RestoreAndDigestAsync(copy), what);
            }

            Assert.Equal(result.Backups.Count(b => b.Outcome == CopyOutcome.Copied), (await target.ListAsync()).Count);

            // Healed, it goes on.
            foreach (var lease in Directory.GetFiles(Path.Combine(source.Location, "leases"), "*", SearchOption.AllDirectories).Where(f => f.Contains("copy-to-", StringComparison.Ordinal)))
            {
                File.Delete(lease);
            }

            files.Undo(damage.Objects);
            if (round % 5 == 0)
            {
                Assert.True((await new CopyEngine(source.Repository, target.Repository).RunAsync(new CopyOptions(), null, Cancel)).Passed, what);
                Assert.Equal(5, (await target.AssertWholeAsync(what)).Count);
                await source.ReopenAsync();
                files = new StoredFiles(source.Location);
            }
        }
    }

    [Fact]
    public async Task A_damaged_manifest_is_refused_and_the_others_are_copied()
    {
        await using var pair = await CopyPair.CreateAsync(Tuning);
        var tree = new ChangingTree(pair.Source.At("tree"), 8, 10, 40_000);
        for (var i = 0; i < 3; i++)
        {
            await pair.Source.BackUpAsync(tree.Root, BackupType.Full);
            tree.Change(3);
        }

        var manifests = Directory.GetFiles(Path.Combine(pair.Source.Location, "manifests"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        await FlipAsync(manifests[1], 100);
        var result = await pair.CopyAsync();
        Assert.Equal([CopyOutcome.Copied, CopyOutcome.Refused, CopyOutcome.Copied], result.Backups.Select(b => b.Outcome));
        Assert.False(result.Passed);
        Assert.Equal(2, (await pair.Target.AssertWholeAsync("two of three")).Count);
    }

    [Fact]
    public async Task Copies_beside_expiries_of_both_repositories_always_restore()
    {
        var seed = TortureScale.NewSeed();
        var random = new Random(seed);
        await using var pair = await CopyPair.CreateAsync(Tuning);
        await using var source = await pair.Source.OpenAsync();
        await using var target = await pair.Target.OpenAsync();
        var tree = new ChangingTree(pair.Source.At("tree"), seed, 10, 300_000);
        var digests = new Dictionary<string, SortedDictionary<string, string>>();
        for (var round = 0; round < TortureScale.Pick(25, 500); round++)
        {
            var what = $"seed {seed}, round {round}";
            for (var i = random.Next(1, 3); i > 0; i--)
            {
                digests[(await pair.Source.BackUpAsync(tree.Root, (BackupType)random.Next(3))).Backup.Id] = TreeDigest.Of(tree.Root);
                tree.Change(random.Next(1, 8));
            }

            var delays = Enumerable.Range(0, 3).Select(_ => random.Next(30)).ToList();
            var rules = Enumerable.Range(0, 2).Select(_ => $"last={random.Next(1, 4)}").ToList();
            var again = random.Next(3) == 0;
            async Task ExpireAsync(Repository repository, int index)
            {
                await Task.Delay(delays[index], Cancel);
                await new ExpiryEngine(repository).RunAsync(new ExpiryOptions { Policy = RetentionPolicy.Parse([rules[index]]), OrphanGrace = TimeSpan.Zero }, Cancel);
            }

            var expiring = Task.WhenAll(Task.Run(() => ExpireAsync(source, 0), Cancel), Task.Run(() => ExpireAsync(target, 1), Cancel));
            await Task.Delay(delays[2], Cancel);
            var result = await pair.CopyAsync(new CopyOptions { IncludeRemoved = again });
            await expiring;
            Assert.True(result.Passed, $"{what}: {string.Join('\n', result.Backups.Select(b => b.Problem))}");
            if (round % 5 == 4)
            {
                foreach (var backup in await pair.Target.AssertWholeAsync(what))
                {
                    TreeDigest.AssertSame(digests[backup.Id], await pair.Target.RestoreAndDigestAsync(backup), what);
                }
            }
        }

        await pair.Target.AssertNoOrphansAsync($"seed {seed}");
        await pair.Source.AssertNoOrphansAsync($"seed {seed}");
    }

    private static async Task FlipAsync(string path, long at)
    {
        var content = await File.ReadAllBytesAsync(path, Cancel);
        content[at] ^= 4;
        await File.WriteAllBytesAsync(path, content, Cancel);
    }

    private static async Task WaitAsync(Func<bool> condition)
    {
        for (var waited = 0; !condition(); waited++)
        {
            Assert.True(waited < 12_000, "Nothing happened for a minute.");
            await Task.Delay(5, Cancel);
        }
    }
}
