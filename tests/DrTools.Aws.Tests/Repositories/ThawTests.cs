using Amazon.S3;
using Amazon.S3.Model;
using DrTools.Aws.Tests.Servers;
using DrTools.Backup;
using DrTools.Cli.Tests;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Restore;
using DrTools.Sources;
using DrTools.Stores;
using DrTools.Thawing;

namespace DrTools.Aws.Tests.Repositories;

/// <summary>A backup whose packs a lifecycle rule has put into an archive class; moto is the one server here that has any.</summary>
public sealed class ThawTests(MotoServer moto)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_backup_in_Glacier_is_refused_thawed_and_restored()
    {
        using var tree = new SourceTree(20, 9_000_000);
        var bucket = await moto.NewBucketAsync();
        await using var repository = await CreateAsync(bucket);
        var backup = await BackUpAsync(repository, tree);
        var engine = new ThawEngine(repository);
        Assert.True((await engine.PlanAsync(backup, Cancel)).IsReadable);
        var packs = await ArchiveAsync(bucket, S3StorageClass.Glacier);

        // Restoring and planning are refused, with what is to be done and how long it takes; nothing is written.
        var target = Path.Combine(tree.Folder, "restored");
        var e = await Assert.ThrowsAsync<DrException>(() => new RestoreEngine(repository).RestoreAsync(backup, target, new RestoreOptions(), null, Cancel));
        Assert.Equal(DrError.ObjectArchived, e.Error);
        Assert.Contains($"{packs} packs of {backup.Id} (", e.Message, StringComparison.Ordinal);
        Assert.Contains("in GLACIER cannot be read", e.Message, StringComparison.Ordinal);
        Assert.Contains("3 to 5 hours (standard)", e.Message, StringComparison.Ordinal);
        Assert.Contains($"drtools thaw {backup.Id}", e.Remedy, StringComparison.Ordinal);
        Assert.False(Directory.Exists(target));
        Assert.Equal(DrError.ObjectArchived, (await Assert.ThrowsAsync<DrException>(() => new RestoreEngine(repository).PlanAsync(backup, target, new RestoreOptions(), Cancel))).Error);

        var plan = await engine.PlanAsync(backup, Cancel);
        Assert.Equal((packs, 0, 0, 0), (plan.Archived, plan.Thawing, plan.Readable, plan.Requested));
        var asked = await engine.RequestAsync(backup, ThawTier.Bulk, 3, Cancel);
        Assert.Equal(packs, asked.Requested);
        Assert.Equal(0, asked.Archived);

        // In moto what was asked for is there after a moment.
        for (var look = 0; !(await engine.PlanAsync(backup, Cancel)).IsReadable; look++)
        {
            Assert.True(look < 600, "Nothing thawed.");
            await Task.Delay(100, Cancel);
        }

        Assert.Equal(0, (await engine.RequestAsync(backup, ThawTier.Bulk, 3, Cancel)).Requested);
        Assert.True((await new RestoreEngine(repository).RestoreAsync(backup, target, new RestoreOptions(), null, Cancel)).Passed);
        SourceTree.AssertSame(tree.Source, target);
    }

    [Fact]
    public async Task Deep_Archive_has_no_fast_lane_and_what_can_be_read_needs_none()
    {
        using var tree = new SourceTree(5, 500_000);
        var bucket = await moto.NewBucketAsync();
        await using var repository = await CreateAsync(bucket);
        var backup = await BackUpAsync(repository, tree);
        await ArchiveAsync(bucket, S3StorageClass.GlacierInstantRetrieval);
        Assert.True((await new ThawEngine(repository).PlanAsync(backup, Cancel)).IsReadable);
        await ArchiveAsync(bucket, S3StorageClass.DeepArchive);
        var e = await Assert.ThrowsAsync<DrException>(() => new ThawEngine(repository).RequestAsync(backup, ThawTier.Expedited, 1, Cancel));
        Assert.Contains("within 48 hours", e.Remedy, StringComparison.Ordinal);
        Assert.Equal("within 12 hours", (await new ThawEngine(repository).PlanAsync(backup, Cancel)).Expected[ThawTier.Standard]);
    }

    [Fact]
    public async Task From_the_command_line()
    {
        using var workspace = new Workspace();
        var bucket = await moto.NewBucketAsync();
        workspace.Environment["DRTOOLS_REPOSITORY"] = await LocationAsync(bucket);
        workspace.Environment["AWS_ACCESS_KEY_ID"] = workspace.Environment["AWS_SECRET_ACCESS_KEY"] = "test";
        (await workspace.RunAsync("init", workspace.Environment["DRTOOLS_REPOSITORY"])).Expect(0);
        (await workspace.RunAsync("backup", "files:src")).Expect(0);
        await ArchiveAsync(bucket, S3StorageClass.Glacier);
        Assert.Contains("[ObjectArchived]", (await workspace.RunAsync("restore", "latest", "--target", "out")).Expect(1).Error, StringComparison.Ordinal);
        var plan = (await workspace.RunAsync("thaw", "latest", "--dry-run", "--json")).Expect(0).Document;
        JsonContract.AssertIs("thaw", plan);
        Assert.True(plan.GetProperty("archivedPacks").GetInt32() > 0);
        Assert.Contains("Asked for ", (await workspace.RunAsync("thaw", "latest", "--tier", "expedited", "--days", "2")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("standard", (await workspace.RunAsync("thaw", "latest", "--tier", "standart")).Expect(64).Error, StringComparison.Ordinal);
    }

    private async Task<string> LocationAsync(string bucket) => $"s3://{bucket}/one?endpoint={await moto.EndpointAsync()}";

    private async Task<Repository> CreateAsync(string bucket) =>
        await new RepositoryFactory(TimeProvider.System, 1000, new RepositoryTuning { PackLength = 2 << 20 })
            .CreateAsync(await LocationAsync(bucket), RepositoryCredential.FromPassphrase("horse battery"), Cancel);

    private static async Task<BackupInfo> BackUpAsync(Repository repository, SourceTree tree) =>
        (await new BackupEngine(repository).RunAsync(
            SourceRegistry.Parse("files:" + tree.Source, new SourceOptions()), new BackupOptions { Parallelism = 2, WorkFolder = tree.Folder }, null, Cancel)).Backup;

    /// <summary>What a lifecycle rule does.</summary>
    /// <returns>Number of packs.</returns>
    private async Task<int> ArchiveAsync(string bucket, S3StorageClass storageClass)
    {
        using var s3 = await moto.S3Async();
        var packs = (await s3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket, Prefix = "one/packs/" }, Cancel)).S3Objects;
        foreach (var pack in packs)
        {
            await s3.CopyObjectAsync(
                new CopyObjectRequest { SourceBucket = bucket, SourceKey = pack.Key, DestinationBucket = bucket, DestinationKey = pack.Key, StorageClass = storageClass },
                Cancel);
        }

        return packs.Count;
    }
}
