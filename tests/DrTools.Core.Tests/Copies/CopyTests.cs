using DrTools.Backup;
using DrTools.Copies;
using DrTools.Expiry;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Repositories.Keys;
using DrTools.Tests.Paged;
using DrTools.Tests.Torture;
using Xunit;

namespace DrTools.Tests.Copies;

/// <summary>A copy is the backup itself, and needs nothing of the repository that it came from.</summary>
public sealed class CopyTests
{
    private static readonly RepositoryTuning Tuning = new() { PackLength = 192 << 10 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_was_copied_comes_back_when_the_source_repository_is_gone()
    {
        var seed = TortureScale.NewSeed();
        for (var round = 0; round < TortureScale.Pick(3, 60); round++)
        {
            var random = new Random(seed + round);
            var what = $"seed {seed}, round {round}";
            await using var pair = await CopyPair.CreateAsync(Tuning);
            var tree = new ChangingTree(pair.Source.At("tree"), seed + round, 30, 500_000);
            var known = new Dictionary<string, (BackupInfo Info, SortedDictionary<string, string> Digest)>();
            for (var i = 0; i < 8; i++)
            {
                var backup = (await pair.Source.BackUpAsync(tree.Root, i == 0 ? BackupType.Full : (BackupType)random.Next(3))).Backup;
                known[backup.Id] = (backup, TreeDigest.Of(tree.Root));
                tree.Change(random.Next(1, 12));
                if (random.Next(3) == 0)
                {
                    var policy = (CopyPolicy)random.Next(3);
                    var result = await pair.CopyAsync(new CopyOptions { Policy = policy });
                    Assert.True(result.Passed, $"{what}: {string.Join('\n', result.Backups.Select(b => b.Problem))}");
                }

                if (random.Next(4) == 0)
                {
                    await pair.Source.ExpireAsync("last=3");
                }
            }

            await pair.CopyAsync(new CopyOptions { Policy = CopyPolicy.Latest });
            pair.DestroySource();
            var copies = await pair.Target.AssertWholeAsync(what);
            await pair.AssertChainsAsync(what);
            Assert.Contains(copies, c => c.Id == known.Keys.Last());
            foreach (var copy in copies)
            {
                var (info, digest) = known[copy.Id];
                TreeDigest.AssertSame(digest, await pair.Target.RestoreAndDigestAsync(copy), $"{what}, {copy.Id}");
                Assert.Equal(pair.Source.Repository.Id, copy.CopiedFrom!.RepositoryId);
                Assert.Equal(
                    (info.Id, info.Source, info.Host, info.Type, info.Sequence, info.ParentId, info.FullId, info.Started, info.Finished, info.Files, info.SourceBytes, info.NewBytes, info.ToolVersion),
                    (copy.Id, copy.Source, copy.Host, copy.Type, copy.Sequence, copy.ParentId, copy.FullId, copy.Started, copy.Finished, copy.Files, copy.SourceBytes, copy.NewBytes, copy.ToolVersion));
            }

            // It is a repository like any other: the next backup builds on the copy.
            var next = await pair.Target.BackUpAsync(tree.Root);
            Assert.Equal(copies[^1].Id, next.Backup.ParentId);
            TreeDigest.AssertSame(TreeDigest.Of(tree.Root), await pair.Target.RestoreAndDigestAsync(next.Backup), what);
            await pair.Target.AssertNoOrphansAsync(what);
        }
    }

    [Fact]
    public async Task Only_what_is_missing_is_transferred_and_what_was_copied_copies_on()
    {
        await using var pair = await CopyPair.CreateAsync(Tuning);
        var tree = new ChangingTree(pair.Source.At("tree"), 5, 40, 400_000);
        await pair.Source.BackUpAsync(tree.Root, BackupType.Full);
        var first = await pair.CopyAsync();
        Assert.Equal(CopyOutcome.Copied, Assert.Single(first.Backups).Outcome);
        Assert.Equal(pair.Source.PackBytes(), first.StoredBytes);
        Assert.Equal(pair.Source.PackBytes(), pair.Target.PackBytes());
        Assert.Equal(pair.Source.Packs().Count, first.Backups[0].ReadBackPacks);

        var none = await pair.CopyAsync();
        Assert.Equal(CopyOutcome.AlreadyThere, Assert.Single(none.Backups).Outcome);
        Assert.Equal((0, 0), (none.StoredBytes, none.ReadBytes));

        tree.Change(3);
        var second = (await pair.Source.BackUpAsync(tree.Root)).Backup;
        var plan = await pair.CopyAsync(new CopyOptions { DryRun = true });
        Assert.Equal([CopyOutcome.AlreadyThere, CopyOutcome.ToCopy], plan.Backups.Select(b => b.Outcome));
        Assert.Single(await pair.Target.ListAsync());
        var more = await pair.CopyAsync();
        Assert.Equal([CopyOutcome.AlreadyThere, CopyOutcome.Copied], more.Backups.Select(b => b.Outcome));
        Assert.Equal(plan.StoredBytes, more.StoredBytes);
        Assert.True(more.Backups[1].ListedPacks > 0 && more.StoredBytes < pair.Source.PackBytes(), $"{more.StoredBytes} of {pair.Source.PackBytes()} bytes were stored again.");

        // A third repository gets it from the second one.
        await using var third = await TortureRepository.CreateAsync(Tuning);
        var on = await new CopyEngine(pair.Target.Repository, third.Repository).RunAsync(new CopyOptions { BackupIds = [second.Id] }, null, Cancel);
        Assert.Equal(second.Id, Assert.Single(on.Backups).BackupId);
        pair.DestroySource();
        TreeDigest.AssertSame(TreeDigest.Of(tree.Root), await third.RestoreAndDigestAsync(Assert.Single(await third.AssertWholeAsync("third"))), "third");
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Pages_have_the_names_of_the_repository_that_they_are_in(bool sourceIsSecret, bool targetIsSecret)
    {
        await using var pair = await CopyPair.CreateAsync(Tuning);
        await using var source = await OpenAsync(pair.Source, sourceIsSecret);
        await using var target = await OpenAsync(pair.Target, targetIsSecret);
        var files = new PagedFiles(11, 8192);
        files.Add(900_000);
        files.Add(100_000, "base/plain.conf");
        var paged = new PagedSource(files, new PagedOptions());
        for (var i = 0; i < 3; i++)
        {
            await new BackupEngine(source).RunAsync(paged, new BackupOptions { Type = i == 0 ? BackupType.Full : BackupType.Incremental }, null, Cancel);
            files.Change();
        }

        var result = await new CopyEngine(source, target).RunAsync(new CopyOptions(), null, Cancel);
        Assert.Equal(3, result.Backups.Count(b => b.Outcome == CopyOutcome.Copied));
        foreach (var backup in result.Backups)
        {
            // Every chunk is compared with its name.
            var verified = await new Verification.VerificationEngine(target, new Verification.VerifyOptions { Level = Verification.VerifyLevel.Content }).VerifyAsync(backup.BackupId, null, Cancel);
            Assert.True(verified.Passed, string.Join('\n', verified.Findings));
        }
    }

    [Fact]
    public async Task What_the_policy_says_is_copied()
    {
        await using var pair = await CopyPair.CreateAsync(Tuning);
        var trees = Enumerable.Range(0, 2).Select(i => new ChangingTree(pair.Source.At($"tree{i}"), i, 8, 20_000)).ToList();
        var taken = new List<BackupInfo>();
        foreach (var type in new[] { BackupType.Full, BackupType.Incremental, BackupType.Full, BackupType.Differential })
        {
            foreach (var tree in trees)
            {
                taken.Add((await pair.Source.BackUpAsync(tree.Root, type)).Backup);
                tree.Change(2);
            }
        }

        async Task<IEnumerable<string>> CopiedAsync(CopyOptions options) => (await pair.CopyAsync(options with { DryRun = true })).Backups.Select(b => b.BackupId).Order(StringComparer.Ordinal);
        IEnumerable<string> Taken(params int[] which) => which.Select(i => taken[i].Id).Order(StringComparer.Ordinal);
        Assert.Equal(Taken(0, 1, 2, 3, 4, 5, 6, 7), await CopiedAsync(new CopyOptions()));
        Assert.Equal(Taken(6, 7), await CopiedAsync(new CopyOptions { Policy = CopyPolicy.Latest }));
        Assert.Equal(Taken(4, 5), await CopiedAsync(new CopyOptions { Policy = CopyPolicy.LatestFull }));
        Assert.Equal(Taken(7), await CopiedAsync(new CopyOptions { Policy = CopyPolicy.Latest, Source = taken[1].Source }));
        Assert.Equal(Taken(1, 2), await CopiedAsync(new CopyOptions { BackupIds = [taken[1].Id, taken[2].Id] }));
        Assert.Empty(await CopiedAsync(new CopyOptions { Host = "another" }));
        Assert.Empty(await CopiedAsync(new CopyOptions { NewerThan = TimeSpan.FromTicks(1) }));
        Assert.Equal(8, (await CopiedAsync(new CopyOptions { NewerThan = TimeSpan.FromHours(1) })).Count());
        Assert.Empty(pair.Target.Packs());
        var error = await Assert.ThrowsAsync<DrException>(() => pair.CopyAsync(new CopyOptions { BackupIds = ["20000101T000000Z-00000000"] }));
        Assert.Equal(DrError.BackupMissing, error.Error);
        error = await Assert.ThrowsAsync<DrException>(() => new CopyEngine(pair.Source.Repository, pair.Source.Repository).RunAsync(new CopyOptions(), null, Cancel));
        Assert.Equal(DrError.BadUsage, error.Error);
    }

    [Fact]
    public async Task Deletion_does_not_travel_and_what_the_target_removed_stays_removed()
    {
        await using var pair = await CopyPair.CreateAsync(Tuning);
        var tree = new ChangingTree(pair.Source.At("tree"), 9, 20, 200_000);
        var ids = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            ids.Add((await pair.Source.BackUpAsync(tree.Root)).Backup.Id);
            tree.Change(4);
        }

        await new BackupCatalog(pair.Source.Repository).PinAsync((await pair.Source.ListAsync())[0], "for the auditors", Cancel);
        await pair.CopyAsync();
        await pair.Source.ExpireAllButAsync(ids[3], pair.Source);
        Assert.Equal(CopyOutcome.AlreadyThere, (await pair.CopyAsync()).Backups[^1].Outcome);
        Assert.Equal(ids, (await pair.Target.AssertWholeAsync("after the source's expiry")).Select(b => b.Id));
        Assert.Equal((true, "for the auditors"), ((await pair.Target.ListAsync())[0].IsPinned, (await pair.Target.ListAsync())[0].PinReason));

        // The target keeps fewer than the source.
        await using var other = await CopyPair.CreateAsync(Tuning);
        var kept = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            kept.Add((await other.Source.BackUpAsync(tree.Root)).Backup.Id);
            tree.Change(4);
        }

        await other.CopyAsync();
        await other.Target.ExpireAsync("last=1");
        var again = await other.CopyAsync();
        Assert.Equal([CopyOutcome.Skipped, CopyOutcome.Skipped, CopyOutcome.AlreadyThere], again.Backups.Select(b => b.Outcome));
        Assert.Single(await other.Target.ListAsync());
        Assert.Equal(CopyOutcome.Copied, (await other.CopyAsync(new CopyOptions { BackupIds = [kept[0]] })).Backups[0].Outcome);
        await other.CopyAsync(new CopyOptions { IncludeRemoved = true });
        Assert.Equal(kept, (await other.Target.AssertWholeAsync("asked for")).Select(b => b.Id));
    }

    [Fact]
    public async Task Both_journals_say_what_was_copied()
    {
        await using var pair = await CopyPair.CreateAsync(Tuning);
        var tree = new ChangingTree(pair.Source.At("tree"), 3, 10, 20_000);
        var backup = (await pair.Source.BackUpAsync(tree.Root)).Backup;
        await pair.CopyAsync();
        var there = Assert.Single(await pair.Target.Repository.Journal.ReadAsync(10, Cancel));
        Assert.Equal(("copy", RunOutcome.Succeeded, backup.Id, backup.Source), (there.Operation, there.Outcome, there.BackupId, there.Source));
        Assert.Contains($"from {pair.Source.Location} (repository {pair.Source.Repository.Id})", there.Detail, StringComparison.Ordinal);
        var here = (await pair.Source.Repository.Journal.ReadAsync(1, Cancel))[0];
        Assert.Equal(("copy", RunOutcome.Succeeded), (here.Operation, here.Outcome));
        Assert.Contains("1 backup and 0 logs copied", here.Detail, StringComparison.Ordinal);

        // A copy that vanishes without an expiry is missed.
        File.Delete(Directory.GetFiles(Path.Combine(pair.Target.Location, "manifests"), "*", SearchOption.AllDirectories).Single());
        Assert.Contains((await pair.Target.CheckAsync()).Findings, f => f.Object.Contains(backup.Id, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pack_that_the_target_lost_is_stored_again_as_it_was()
    {
        await using var pair = await CopyPair.CreateAsync(Tuning);
        var tree = new ChangingTree(pair.Source.At("tree"), 4, 30, 400_000);
        await pair.Source.BackUpAsync(tree.Root);
        await pair.CopyAsync();
        File.WriteAllText(Path.Combine(tree.Root, "another"), "one");
        var second = await pair.Source.Repository.Manifests.ReadAsync((await pair.Source.BackUpAsync(tree.Root)).Backup.Id, Cancel);
        File.WriteAllText(Path.Combine(tree.Root, "another"), "two");
        var third = await pair.Source.Repository.Manifests.ReadAsync((await pair.Source.BackUpAsync(tree.Root)).Backup.Id, Cancel);
        var lost = new FileInfo(Path.Combine(pair.Target.Location, third.Packs.First(p => second.Packs.Any(s => s.Id == p.Id) && p.BackupId == second.Info.FullId).ObjectName));
        var content = await File.ReadAllBytesAsync(lost.FullName, Cancel);
        lost.Delete();
        Assert.True((await pair.CopyAsync(new CopyOptions { BackupIds = [second.Info.Id] })).Passed);
        Assert.Equal(content, await File.ReadAllBytesAsync(lost.FullName, Cancel));
        await pair.Target.AssertWholeAsync("healed");

        // Of another size it is left to whoever knows why.
        await File.WriteAllBytesAsync(lost.FullName, content[..1000], Cancel);
        var refused = (await pair.CopyAsync()).Backups[^1];
        Assert.Equal((CopyOutcome.Refused, DrError.IntegrityFailure), (refused.Outcome, refused.Error!.Error));
        Assert.Contains("has 1000 bytes there instead of", refused.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repository_of_an_older_format_takes_no_copy_from_a_newer_one()
    {
        await using var pair = await CopyPair.CreateAsync(Tuning);
        var header = pair.Target.Repository.Header;
        pair.Target.Repository.Header = header with { Version = 1 };
        Assert.Equal(DrError.RepositoryOlderFormat, (await Assert.ThrowsAsync<DrException>(() => pair.CopyAsync())).Error);
        pair.Target.Repository.Header = header;
    }

    private static async Task<Repository> OpenAsync(TortureRepository torture, bool isSecret)
    {
        if (isSecret)
        {
            return await torture.OpenAsync();
        }

        return await new RepositoryFactory(TimeProvider.System, 1000, torture.Tuning).CreateAsync(torture.At("open"), RepositoryCredential.None, Cancel);
    }
}

internal static class TortureExpiry
{
    /// <summary>Removes every backup but one.</summary>
    public static async Task ExpireAllButAsync(this TortureRepository torture, string id, TortureRepository of)
    {
        foreach (var backup in (await of.ListAsync()).Where(b => b.Id != id))
        {
            await new BackupCatalog(torture.Repository).UnpinAsync(backup, TestContext.Current.CancellationToken);
            await new ExpiryEngine(torture.Repository).RemoveAsync([backup], force: false, TestContext.Current.CancellationToken);
        }
    }
}
