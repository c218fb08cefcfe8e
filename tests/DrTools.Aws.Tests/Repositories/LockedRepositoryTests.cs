using Amazon.S3;
using Amazon.S3.Model;
using DrTools.Aws.Tests.Servers;
using DrTools.Backup;
using DrTools.Expiry;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Locks;
using DrTools.Restore;
using DrTools.Retention;
using DrTools.Sources;
using DrTools.Verification;

namespace DrTools.Aws.Tests.Repositories;

/// <summary>A repository whose objects are locked, and somebody who has all the credentials of the host.</summary>
public sealed class LockedRepositoryTests(RadosGateway gateway)
{
    private static readonly LockPolicy Locks = new(DrTools.Stores.ObjectLockMode.Compliance, 1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static RepositoryCredential Secret => RepositoryCredential.FromPassphrase("horse battery");

    [Fact]
    public async Task An_attacker_with_the_credentials_of_the_host_destroys_nothing()
    {
        using var tree = new SourceTree(60, 12_000_000);
        var bucket = await NewLockingBucketAsync();
        var location = gateway.LocationOf(bucket);
        BackupInfo full, incremental;
        await using (var repository = await Factory.CreateAsync(location, Secret, RepositoryPlace.Undeclared, Locks, Cancel))
        {
            full = await BackUpAsync(repository, tree);
            File.WriteAllBytes(Path.Combine(tree.Source, "new"), [1, 2, 3]);
            incremental = await BackUpAsync(repository, tree);
            Assert.Equal(BackupType.Incremental, incremental.Type);
        }

        // What lies there is locked from its first moment, large objects (sent in parts) too.
        var before = await VersionsAsync(bucket);
        Assert.Contains(before, v => v.Size > 6_000_000);
        foreach (var version in before.Where(v => !v.Key.Contains("/leases/", StringComparison.Ordinal) && !v.Key.Contains("/locks/", StringComparison.Ordinal)))
        {
            var metadata = await gateway.Owner.GetObjectMetadataAsync(bucket, version.Key, Cancel);
            Assert.True(metadata.ObjectLockMode == Amazon.S3.ObjectLockMode.Compliance, version.Key);
            Assert.True(metadata.ObjectLockRetainUntilDate!.Value.ToUniversalTime() > DateTime.UtcNow.AddDays(2), version.Key);
        }

        // The server's times are whole seconds.
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        var moment = DateTime.UtcNow;
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        foreach (var version in before.Where(v => Locked(v.Key)))
        {
            await AttackAsync(bucket, version);
        }

        // The present looks as the attacker wants it to.
        Assert.Equal(DrError.RepositoryMissing, (await Assert.ThrowsAsync<DrException>(async () => await Factory.OpenAsync(location, Secret, Cancel))).Error);

        // The past cannot be changed.
        await using var past = await Factory.OpenAsync(gateway.LocationOf(bucket, options: $"as-of={moment:yyyy-MM-dd'T'HH:mm:ss'Z'}"), Secret, Cancel);
        foreach (var backup in (BackupInfo[])[full, incremental])
        {
            var verification = await new VerificationEngine(past, new VerifyOptions { Level = VerifyLevel.Content, Parallelism = 2 }).VerifyAsync(backup.Id, null, Cancel);
            Assert.True(verification.Passed, string.Join('\n', verification.Findings));
        }

        var target = Path.Combine(tree.Folder, "restored");
        var restored = await new RestoreEngine(past).RestoreAsync(incremental, target, new RestoreOptions { Parallelism = 2 }, null, Cancel);
        Assert.True(restored.Passed);
        SourceTree.AssertSame(tree.Source, target);
        Assert.Equal(DrError.StoreReadOnly, (await Assert.ThrowsAsync<DrException>(() => BackUpAsync(past, tree))).Error);
    }

    [Fact]
    public async Task Expiry_says_what_is_locked_and_until_when()
    {
        using var tree = new SourceTree(5, 1_000_000);
        await using var repository = await Factory.CreateAsync(gateway.LocationOf(await NewLockingBucketAsync()), Secret, RepositoryPlace.Undeclared, Locks, Cancel);
        var old = await BackUpAsync(repository, tree);
        var second = await BackUpAsync(repository, tree, BackupType.Full);
        var options = new ExpiryOptions { Policy = RetentionPolicy.Parse(["last=1"]) };
        foreach (var isDry in (bool[])[true, false])
        {
            var result = await new ExpiryEngine(repository).RunAsync(options with { DryRun = isDry }, Cancel);
            Assert.Equal(0, result.RemovedBackups);
            Assert.Equal(1, result.LockedBackups);
            var decision = Assert.Single(result.Plan.Decisions, d => d.Candidate.Id == old.Id);
            Assert.True(decision.Keep);
            Assert.StartsWith("locked until ", Assert.Single(decision.Reasons), StringComparison.Ordinal);
            Assert.InRange(result.LockedUntil!.Value, DateTimeOffset.UtcNow.AddDays(2), DateTimeOffset.UtcNow.AddDays(2.2));
        }

        var e = await Assert.ThrowsAsync<DrException>(() => new ExpiryEngine(repository).RemoveAsync([old], force: true, Cancel));
        Assert.Equal(DrError.ObjectLocked, e.Error);
        Assert.Contains("locked, the last until ", e.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await new BackupCatalog(repository).ListAsync(new BackupFilter(), Cancel)).Count);
        Assert.True((await new VerificationEngine(repository, new VerifyOptions()).VerifyAsync(second.Id, null, Cancel)).Passed);

        // A new secret: the header that it replaces stays, and does not count.
        await Factory.RotateKeyAsync(repository, RepositoryCredential.FromPassphrase("another"), Cancel);
        await using var again = await Factory.OpenAsync(repository.Location, RepositoryCredential.FromPassphrase("another"), Cancel);
        Assert.Equal(Locks, again.LockPolicy);
        Assert.Equal(DrError.WrongKey, (await Assert.ThrowsAsync<DrException>(async () => await Factory.OpenAsync(repository.Location, Secret, Cancel))).Error);
    }

    [Fact]
    public async Task A_bucket_without_locks_is_refused()
    {
        var bucket = await gateway.NewBucketAsync();
        var e = await Assert.ThrowsAsync<DrException>(async () => await Factory.CreateAsync(gateway.LocationOf(bucket), Secret, RepositoryPlace.Undeclared, Locks, Cancel));
        Assert.Contains($"The bucket {bucket} has no Object Lock.", e.Message, StringComparison.Ordinal);
        Assert.Contains("--object-lock-enabled-for-bucket", e.Remedy, StringComparison.Ordinal);
        Assert.Empty(await VersionsAsync(bucket));
    }

    private static RepositoryFactory Factory => new(TimeProvider.System, 1000, new RepositoryTuning { PackLength = 7 << 20 });

    private static bool Locked(string key) =>
        !key.Contains("/leases/", StringComparison.Ordinal) && !key.Contains("/locks/", StringComparison.Ordinal) && !key.Contains("/pins/", StringComparison.Ordinal);

    private static async Task<BackupInfo> BackUpAsync(Repository repository, SourceTree tree, BackupType type = BackupType.Incremental) =>
        (await new BackupEngine(repository).RunAsync(
            SourceRegistry.Parse("files:" + tree.Source, new SourceOptions()), new BackupOptions { Type = type, Parallelism = 2, WorkFolder = tree.Folder }, null, Cancel)).Backup;

    /// <summary>Everything that the protocol offers against an object, as the owner of the bucket.</summary>
    private async Task AttackAsync(string bucket, S3ObjectVersion version)
    {
        var s3 = gateway.Owner;
        async Task RefusedAsync(Func<Task> act) =>
            Assert.Equal(System.Net.HttpStatusCode.Forbidden, (await Assert.ThrowsAnyAsync<AmazonS3Exception>(act)).StatusCode);

        await RefusedAsync(() => s3.DeleteObjectAsync(new DeleteObjectRequest { BucketName = bucket, Key = version.Key, VersionId = version.VersionId }, Cancel));
        await RefusedAsync(() => s3.DeleteObjectAsync(new DeleteObjectRequest { BucketName = bucket, Key = version.Key, VersionId = version.VersionId, BypassGovernanceRetention = true }, Cancel));
        await RefusedAsync(() => s3.PutObjectRetentionAsync(
            new PutObjectRetentionRequest
            {
                BucketName = bucket,
                Key = version.Key,
                VersionId = version.VersionId,
                BypassGovernanceRetention = true,
                Retention = new ObjectLockRetention { Mode = ObjectLockRetentionMode.Compliance, RetainUntilDate = DateTime.UtcNow.AddMinutes(1) },
            },
            Cancel));

        // These are allowed: they put something over it and hide it.
        await s3.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = version.Key, ContentBody = "pay us", UseChunkEncoding = false }, Cancel);
        await s3.DeleteObjectAsync(bucket, version.Key, Cancel);
    }

    private async Task<string> NewLockingBucketAsync()
    {
        var bucket = "test-" + Guid.NewGuid().ToString("n");
        await gateway.Owner.PutBucketAsync(new PutBucketRequest { BucketName = bucket, ObjectLockEnabledForBucket = true }, Cancel);
        return bucket;
    }

    private async Task<List<S3ObjectVersion>> VersionsAsync(string bucket)
    {
        var versions = new List<S3ObjectVersion>();
        var request = new ListVersionsRequest { BucketName = bucket };
        ListVersionsResponse page;
        do
        {
            page = await gateway.Owner.ListVersionsAsync(request, Cancel);
            versions.AddRange(page.Versions ?? []);
            (request.KeyMarker, request.VersionIdMarker) = (page.NextKeyMarker, page.NextVersionIdMarker);
        }
        while (page.IsTruncated == true);
        return versions;
    }
}
