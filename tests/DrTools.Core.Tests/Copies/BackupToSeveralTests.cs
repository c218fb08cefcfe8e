using System.Collections.Concurrent;
using DrTools.Backup;
using DrTools.Copies;
using DrTools.Repositories.Leases;
using DrTools.Sources.Files;
using DrTools.Tests.Torture;
using Xunit;

namespace DrTools.Tests.Copies;

/// <summary>Several repositories get one backup, and the source is read once.</summary>
public sealed class BackupToSeveralTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_byte_of_the_source_is_read_once_whatever_the_repositories_had()
    {
        await using var first = await TortureRepository.CreateAsync();
        await using var second = await TortureRepository.CreateAsync();
        await using var third = await TortureRepository.CreateAsync();
        var tree = new ChangingTree(first.At("tree"), 21, 40, 700_000);
        await first.BackUpAsync(tree.Root);
        tree.Change(5);
        await second.BackUpAsync(tree.Root);
        tree.Change(20);

        // The three have another parent each, or none.
        var (opened, read) = (new ConcurrentDictionary<string, int>(), new ConcurrentDictionary<string, long>());
        var source = new HookedSource(new FilesSource(tree.Root))
        {
            Opening = e => opened.AddOrUpdate(e.DisplayPath, 1, (_, n) => n + 1),
            HasRead = (e, bytes) => read[e.DisplayPath] = bytes,
        };
        var result = await new BackupToSeveral([first.Repository, second.Repository, third.Repository]).RunAsync(source, new BackupOptions { Type = BackupType.Full }, null, null, Cancel);
        Assert.NotEmpty(opened);
        Assert.All(opened, o => Assert.True(o.Value == 1, $"{o.Key} was opened {o.Value} times."));
        Assert.Equal(result.Taken.Backup.SourceBytes, read.Values.Sum());
        Assert.All(result.Repositories, r => Assert.Null(r.Error));
        Assert.Equal([true, false, false], result.Repositories.Select(r => r.WasTakenHere));
        foreach (var torture in new[] { first, second, third })
        {
            var backup = (await torture.AssertWholeAsync("each")).Single(b => b.Id == result.Taken.Backup.Id);
            TreeDigest.AssertSame(TreeDigest.Of(tree.Root), await torture.RestoreAndDigestAsync(backup), torture.Location);
        }

        // The next one reads what changed, once, and builds on what each has.
        File.WriteAllText(Path.Combine(tree.Root, "new"), "new");
        opened.Clear();
        var next = await new BackupToSeveral([first.Repository, second.Repository, third.Repository]).RunAsync(source, new BackupOptions(), null, null, Cancel);
        Assert.Equal(1, opened["new"]);
        Assert.All(next.Repositories.Skip(1), r => Assert.True(r.Copy!.StoredBytes < result.Taken.Backup.StoredBytes));
    }

    [Fact]
    public async Task A_repository_that_fails_concerns_no_other()
    {
        await using var first = await TortureRepository.CreateAsync();
        await using var second = await TortureRepository.CreateAsync();
        await using var third = await TortureRepository.CreateAsync();
        var tree = new ChangingTree(first.At("tree"), 22, 10, 40_000);
        var source = new FilesSource(tree.Root);

        // One to copy to is gone; its place is a file.
        await BreakAsync(second);
        var result = await new BackupToSeveral([first.Repository, second.Repository, third.Repository]).RunAsync(source, new BackupOptions(), null, null, Cancel);
        Assert.Equal([false, true, false], result.Repositories.Select(r => r.Error is not null));
        Assert.Single(await first.AssertWholeAsync("first"));
        Assert.Single(await third.AssertWholeAsync("third"));

        // The one to back up into is busy, so the next one takes it.
        var tag = DrTools.Repositories.Manifests.ManifestName.TagOf(first.Repository.Key, Environment.MachineName, source.Name);
        await using (await first.Repository.Leases.AcquireAsync($"source-{tag}", LeaseRecord.For("backup"), Cancel))
        {
            result = await new BackupToSeveral([first.Repository, third.Repository]).RunAsync(source, new BackupOptions(), null, null, Cancel);
        }

        Assert.Equal(DrError.LeaseHeld, result.Repositories[0].Error!.Error);
        Assert.True(result.Repositories[1].WasTakenHere);
        Assert.Equal(2, (await third.ListAsync()).Count);

        // When the source is what fails, no other repository is tried.
        var missing = await Assert.ThrowsAsync<DrException>(() => new BackupToSeveral([first.Repository, third.Repository]).RunAsync(new FilesSource(first.At("nothing")), new BackupOptions(), null, null, Cancel));
        Assert.Equal(DrError.SourceMissing, missing.Error);
        await MendAsync(second);
    }

    private static async Task BreakAsync(TortureRepository torture)
    {
        Directory.Move(torture.Location, torture.Location + "-away");
        await File.WriteAllTextAsync(torture.Location, string.Empty, Cancel);
    }

    private static Task MendAsync(TortureRepository torture)
    {
        File.Delete(torture.Location);
        Directory.Move(torture.Location + "-away", torture.Location);
        return Task.CompletedTask;
    }
}
