using Amazon.S3.Model;
using DrTools.Aws.Protection;
using DrTools.Aws.Tests.Servers;

namespace DrTools.Aws.Tests.Protection;

/// <summary>The protection of a bucket on a server that has only some of it.</summary>
public sealed class GatewayBucketTests(RadosGateway gateway)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Versioning_and_the_lifecycle_are_set_once_and_then_kept()
    {
        var bucket = await gateway.NewBucketAsync();
        var wanted = new BucketProtectionOptions { Versioning = true, OldVersionDays = 45, AbortUploadDays = 7 };
        var changed = await BucketProtection.ApplyAsync(gateway.LocationOf(bucket), wanted, Stop);
        Assert.Equal(3, changed.Count(s => s.State == BucketSettingState.Changed));
        var again = await BucketProtection.ApplyAsync(gateway.LocationOf(bucket), wanted, Stop);
        Assert.Equal(3, again.Count(s => s.State == BucketSettingState.Kept));
        Assert.All(again, s => Assert.True(s.Passed, $"{s}"));

        // A second repository in the bucket has rules of its own.
        await BucketProtection.ApplyAsync(gateway.LocationOf(bucket, "backups/two"), new() { AbortUploadDays = 3 }, Stop);
        var rules = (await gateway.Owner.GetLifecycleConfigurationAsync(bucket, Stop)).Configuration.Rules;
        Assert.Equal(["drtools leftovers of backups/one/", "drtools leftovers of backups/two/"], rules.Select(r => r.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_the_server_does_not_have_is_named_and_does_no_harm()
    {
        var bucket = await gateway.NewBucketAsync();
        var wanted = new BucketProtectionOptions
        {
            Versioning = true,
            BlockPublicAccess = true,
            Encryption = BucketEncryption.S3,
            ReplicationBucket = "elsewhere",
            ReplicationRole = "arn:aws:iam::123456789012:role/replication",
        };
        var applied = (await BucketProtection.ApplyAsync(gateway.LocationOf(bucket), wanted, Stop)).ToDictionary(s => s.Setting);
        Assert.Equal(BucketSettingState.Changed, applied["Versioning"].State);
        foreach (var name in new[] { "BlockPublicAccess", "Encryption", "ReplicationBucket" })
        {
            Assert.True(applied[name].State == BucketSettingState.Unsupported && !applied[name].Passed && applied[name].Detail is { Length: > 0 }, $"{applied[name]}");
        }

        // It still takes uploads.
        await gateway.Owner.PutObjectAsync(new PutObjectRequest { BucketName = bucket, Key = "after", ContentBody = "x", UseChunkEncoding = false }, Stop);
    }
}
