using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Sources.Files;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DrTools.Tests.Torture;

/// <summary>Random histories of one source: changes, backups of every type, interruptions, expiries. Whatever is left
/// restores as it was, and refers to nothing that it may not.</summary>
public sealed class ChainPropertyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public abstract record Step
    {
        public sealed record Change(int Count) : Step;

        public sealed record Take(BackupType Type) : Step;

        public sealed record Interrupt(BackupType Type, int AfterEntries) : Step;

        public sealed record Expire(int Last, bool KeepsOrphans) : Step;
    }

    [Fact]
    public void Every_history_keeps_its_promises()
    {
        var steps = Gen.Frequency(
            (3, Gen.Choose(1, 6).Select(n => (Step)new Step.Change(n))),
            (5, Gen.Elements(Enum.GetValues<BackupType>()).Select(t => (Step)new Step.Take(t))),
            (2, Gen.Elements(Enum.GetValues<BackupType>()).SelectMany(t => Gen.Choose(1, 12).Select(n => (Step)new Step.Interrupt(t, n)))),
            (2, Gen.Choose(1, 4).SelectMany(n => Gen.Elements(true, false).Select(k => (Step)new Step.Expire(n, k)))));
        var history = Gen.Choose(0, 1_000_000).SelectMany(seed => Gen.Choose(3, 25).SelectMany(n => Gen.ListOf(steps, n)).Select(l => (Seed: seed, Steps: l.ToArray())));
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(TortureScale.Pick(8, 300)),
            Prop.ForAll(Arb.From(history), h => RunAsync(h.Seed, h.Steps).GetAwaiter().GetResult()));
    }

    private static async Task<bool> RunAsync(int seed, Step[] steps)
    {
        await using var torture = await TortureRepository.CreateAsync(new RepositoryTuning { PackLength = 32 << 10 });
        var tree = new ChangingTree(torture.At("tree"), seed, 12, 700_000);
        var trees = new Dictionary<string, SortedDictionary<string, string>>();
        var packs = new Dictionary<string, HashSet<string>>();
        foreach (var step in steps)
        {
            switch (step)
            {
                case Step.Change change:
                    tree.Change(change.Count);
                    break;
                case Step.Take take:
                    var older = packs.Values.SelectMany(p => p).ToHashSet();
                    var backup = (await torture.BackUpAsync(tree.Root, take.Type)).Backup;
                    trees[backup.Id] = TreeDigest.Of(tree.Root);
                    packs[backup.Id] = await PacksOfAsync(torture, backup.Id);
                    AssertDomain(backup, packs, older);
                    break;
                case Step.Interrupt interrupt:
                    try
                    {
                        var stored = torture.CountPacks();
                        await torture.BackUpAsync(new BreakingSource(new FilesSource(tree.Root), interrupt.AfterEntries, () => torture.CountPacks() > stored), interrupt.Type);
                        Assert.True(Directory.GetFileSystemEntries(tree.Root, "*", SearchOption.AllDirectories).Length < interrupt.AfterEntries);
                        var complete = (await torture.ListAsync())[^1];
                        trees[complete.Id] = TreeDigest.Of(tree.Root);
                        packs[complete.Id] = await PacksOfAsync(torture, complete.Id);
                    }
                    catch (DrException e) when (e.Error == DrError.SourceFailure)
                    {
                    }

                    break;
                case Step.Expire expire:
                    await torture.ExpireAsync($"last={expire.Last}", expire.KeepsOrphans ? TimeSpan.FromDays(1) : TimeSpan.Zero);
                    var left = (await torture.ListAsync()).Select(b => b.Id).ToHashSet();
                    Assert.Equal(trees.Keys.Order(StringComparer.Ordinal).Count(left.Contains), left.Count);
                    foreach (var gone in trees.Keys.Where(id => !left.Contains(id)).ToList())
                    {
                        trees.Remove(gone);
                        packs.Remove(gone);
                    }

                    break;
            }
        }

        var backups = await torture.AssertWholeAsync($"seed {seed}");
        Assert.Equal(trees.Keys.Order(StringComparer.Ordinal), backups.Select(b => b.Id).Order(StringComparer.Ordinal));
        foreach (var backup in backups)
        {
            TreeDigest.AssertSame(trees[backup.Id], await torture.RestoreAndDigestAsync(backup), backup.Id);
        }

        await torture.AssertNoOrphansAsync($"seed {seed}");
        return true;
    }

    /// <summary>A full refers to no pack that an older backup has; a differential, of those, only to its full's.</summary>
    private static void AssertDomain(BackupInfo backup, Dictionary<string, HashSet<string>> packs, HashSet<string> older)
    {
        var shared = packs[backup.Id].Where(older.Contains).ToList();
        switch (backup.Type)
        {
            case BackupType.Full:
                Assert.Empty(shared);
                Assert.Equal(backup.Id, backup.FullId);
                break;
            case BackupType.Differential:
                Assert.All(shared, p => Assert.Contains(p, packs[backup.FullId]));
                Assert.Equal(backup.FullId, backup.ParentId);
                break;
        }
    }

    private static async Task<HashSet<string>> PacksOfAsync(TortureRepository torture, string id) =>
        [.. (await torture.Repository.Manifests.ReadAsync(id, Cancel)).Packs.Select(p => p.ObjectName)];
}
