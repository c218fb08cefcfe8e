using DrTools.Aws.Tests.Servers;
using DrTools.Backup;
using DrTools.Expiry;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Retention;
using DrTools.Sources;
using DrTools.Stores;

namespace DrTools.Aws.Tests.Repositories;

public sealed class ExpiryTests(RadosGateway gateway)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Expiry_removes_packs_and_gives_up_uploads_that_died_days_ago()
    {
        using var tree = new SourceTree(20, 0);
        var bucket = await gateway.NewBucketAsync();
        using var secret = RepositoryCredential.FromPassphrase("horse battery");
        var clock = new ShiftedClock();
        await using var repository = await new RepositoryFactory(clock, 1000).CreateAsync(gateway.LocationOf(bucket), secret, Cancel);
        foreach (var type in new[] { BackupType.Full, BackupType.Full })
        {
            await new BackupEngine(repository).RunAsync(
                SourceRegistry.Parse("files:" + tree.Source, new SourceOptions()), new BackupOptions { Type = type, Parallelism = 2, WorkFolder = tree.Folder }, null, Cancel);
        }

        var before = await repository.Store.ListAllAsync("packs/", Cancel);
        await gateway.Owner.InitiateMultipartUploadAsync(bucket, "backups/one/packs/x/y", Cancel);
        var options = new ExpiryOptions { Policy = RetentionPolicy.Parse(["last=1"]) };
        var result = await new ExpiryEngine(repository).RunAsync(options, Cancel);
        Assert.Equal(1, result.RemovedBackups);
        Assert.Equal(before.Count / 2, (await repository.Store.ListAllAsync("packs/", Cancel)).Count);
        Assert.Single((await gateway.Owner.ListMultipartUploadsAsync(bucket, Cancel)).MultipartUploads);

        clock.Shift = TimeSpan.FromDays(2);
        await new ExpiryEngine(repository).RunAsync(options, Cancel);
        Assert.Empty((await gateway.Owner.ListMultipartUploadsAsync(bucket, Cancel)).MultipartUploads ?? []);
    }

    private sealed class ShiftedClock : TimeProvider
    {
        public TimeSpan Shift { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
    }
}
