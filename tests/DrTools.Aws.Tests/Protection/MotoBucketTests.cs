using Amazon.S3;
using Amazon.S3.Model;
using DrTools.Aws.Protection;
using DrTools.Aws.Tests.Servers;
using DrTools.Cli.Tests;

namespace DrTools.Aws.Tests.Protection;

/// <summary>The protection of a bucket that has all of it, with moto as S3.</summary>
public sealed class MotoBucketTests(MotoServer moto)
{
    private const string Role = "arn:aws:iam::123456789012:role/replication";

    private static readonly BucketProtectionOptions Everything = new()
    {
        Versioning = true,
        BlockPublicAccess = true,
        Encryption = BucketEncryption.Kms,
        KmsKey = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        InfrequentAccessDays = 30,
        GlacierDays = 90,
        DeepArchiveDays = 365,
        OldVersionDays = 45,
        AbortUploadDays = 7,
        ReplicationBucket = "elsewhere",
        ReplicationRole = Role,
        ReplicationStorageClass = "STANDARD_IA",
        ReplicationTime = true,
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_is_set_once_and_then_kept()
    {
        var location = await LocationAsync();
        using var s3 = await moto.S3Async();
        await s3.PutBucketAsync("elsewhere", Stop);
        await s3.PutBucketVersioningAsync(new PutBucketVersioningRequest { BucketName = "elsewhere", VersioningConfig = new() { Status = VersionStatus.Enabled } }, Stop);
        var planned = await BucketProtection.CompareAsync(location, Everything, Stop);
        Assert.All(planned, s => Assert.Equal(BucketSettingState.Drifted, s.State));

        var changed = await BucketProtection.ApplyAsync(location, Everything, Stop);
        Assert.All(changed, s => Assert.True(s.State == BucketSettingState.Changed, $"{s}"));
        Assert.Equal(planned.Select(s => (s.Setting, s.Actual, s.Desired)), changed.Select(s => (s.Setting, s.Actual, s.Desired)));

        var again = await BucketProtection.ApplyAsync(location, Everything, Stop);
        Assert.All(again, s => Assert.Equal(BucketSettingState.Kept, s.State));
        Assert.All(await BucketProtection.CompareAsync(location, new(), Stop), s => Assert.Equal(BucketSettingState.Found, s.State));

        // Drift is found setting by setting.
        await s3.PutBucketVersioningAsync(new PutBucketVersioningRequest { BucketName = BucketOf(location), VersioningConfig = new() { Status = VersionStatus.Suspended } }, Stop);
        var drifted = Assert.Single(await BucketProtection.CompareAsync(location, Everything, Stop), s => !s.Passed);
        Assert.Equal((nameof(BucketProtectionOptions.Versioning), "suspended", "on", BucketSettingState.Drifted), (drifted.Setting, drifted.Actual, drifted.Desired, drifted.State));

        // What is not named stays, and 0 takes away.
        await BucketProtection.ApplyAsync(location, new() { GlacierDays = 0, DeepArchiveDays = 0 }, Stop);
        var left = (await BucketProtection.CompareAsync(location, new(), Stop)).ToDictionary(s => s.Setting, s => s.Actual);
        Assert.Equal(("30", "none", "none", "45"), (left["InfrequentAccessDays"], left["GlacierDays"], left["DeepArchiveDays"], left["OldVersionDays"]));
    }

    [Fact]
    public async Task Only_packs_grow_cold_and_no_rule_deletes_live_objects()
    {
        var location = await LocationAsync();
        using var s3 = await moto.S3Async();
        await BucketProtection.ApplyAsync(location, new() { GlacierDays = 90, OldVersionDays = 45, AbortUploadDays = 7 }, Stop);
        var rules = (await s3.GetLifecycleConfigurationAsync(BucketOf(location), Stop)).Configuration.Rules;
        Assert.Equal(2, rules.Count);
        Assert.All(rules, r => Assert.True(r.Expiration is null or { Days: null, Date: null }));
        Assert.Equal("backups/one/packs/", LifecycleRules.Scope(Assert.Single(rules, r => r.Transitions is { Count: > 0 })).Prefix);
    }

    [Fact]
    public async Task Rules_of_others_are_kept_and_those_that_harm_are_named()
    {
        var location = await LocationAsync();
        var bucket = BucketOf(location);
        using var s3 = await moto.S3Async();
        await s3.PutLifecycleConfigurationAsync(
            bucket,
            new LifecycleConfiguration
            {
                Rules =
                [
                    Rule("sweep", "", r => r.Expiration = new() { Days = 30 }),
                    Rule("freeze", "backups/", r => r.Transitions = [new() { Days = 10, StorageClass = S3StorageClass.Glacier }]),
                    Rule("logs", "logs/", r => r.Expiration = new() { Days = 3 }),
                    Rule("other", "backups/two/", r => r.Expiration = new() { Days = 3 }),
                ],
            },
            Stop);
        var applied = await BucketProtection.ApplyAsync(location, new() { AbortUploadDays = 7 }, Stop);
        var harmful = applied.Where(s => s.State == BucketSettingState.Harmful).ToDictionary(s => s.Actual, s => s.Detail!);
        Assert.Equal(["freeze", "sweep"], harmful.Keys.Order());
        Assert.Contains("deletes live objects of the repository after 30 days", harmful["sweep"], StringComparison.Ordinal);
        Assert.Contains("cannot be opened from there", harmful["freeze"], StringComparison.Ordinal);

        var rules = (await s3.GetLifecycleConfigurationAsync(bucket, Stop)).Configuration.Rules;
        Assert.Equal(["drtools leftovers of backups/one/", "freeze", "logs", "other", "sweep"], rules.Select(r => r.Id).Order(StringComparer.Ordinal));
        Assert.Equal("logs/", LifecycleRules.Scope(rules.Single(r => r.Id == "logs")).Prefix);
        Assert.Equal(3, rules.Single(r => r.Id == "logs").Expiration.Days);
        Assert.Equal(S3StorageClass.Glacier, Assert.Single(rules.Single(r => r.Id == "freeze").Transitions).StorageClass);

        static LifecycleRule Rule(string id, string prefix, Action<LifecycleRule> what)
        {
            var rule = new LifecycleRule
            {
                Id = id,
                Status = LifecycleRuleStatus.Enabled,
                Filter = new LifecycleFilter { LifecycleFilterPredicate = new LifecyclePrefixPredicate { Prefix = prefix } },
            };
            what(rule);
            return rule;
        }
    }

    [Fact]
    public async Task Another_rule_of_replication_is_kept_and_its_role_not_taken_away()
    {
        var location = await LocationAsync();
        var bucket = BucketOf(location);
        using var s3 = await moto.S3Async();
        var target = await moto.NewBucketAsync();
        foreach (var versioned in new[] { bucket, target })
        {
            await s3.PutBucketVersioningAsync(new PutBucketVersioningRequest { BucketName = versioned, VersioningConfig = new() { Status = VersionStatus.Enabled } }, Stop);
        }

        await s3.PutBucketReplicationAsync(
            new PutBucketReplicationRequest
            {
                BucketName = bucket,
                Configuration = new()
                {
                    Role = Role,
                    Rules =
                    [
                        new ReplicationRule
                        {
                            Id = "logs", Priority = 4, Status = ReplicationRuleStatus.Enabled, Filter = new() { Prefix = "logs/" },
                            DeleteMarkerReplication = new() { Status = DeleteMarkerReplicationStatus.Enabled }, Destination = new() { BucketArn = $"arn:aws:s3:::{target}" },
                        },
                    ],
                },
            },
            Stop);
        var wanted = new BucketProtectionOptions { ReplicationBucket = target, ReplicationRole = Role };
        var error = await Assert.ThrowsAsync<DrException>(() => BucketProtection.ApplyAsync(location, wanted with { ReplicationRole = Role + "2" }, Stop));
        Assert.Equal(DrError.BadUsage, error.Error);
        Assert.Contains($"(logs) use the role {Role}", error.Message, StringComparison.Ordinal);

        Assert.All(await BucketProtection.ApplyAsync(location, wanted, Stop), s => Assert.True(s.Passed, $"{s}"));
        var rules = (await s3.GetBucketReplicationAsync(new GetBucketReplicationRequest { BucketName = bucket }, Stop)).Configuration.Rules;
        Assert.Equal(["logs", "drtools replication of backups/one/"], rules.Select(r => r.Id));
        Assert.Equal((4, 5), (rules[0].Priority, rules[1].Priority));
        Assert.Equal(DeleteMarkerReplicationStatus.Disabled, rules[1].DeleteMarkerReplication.Status);
    }

    [Fact]
    public async Task The_program_shows_the_difference_changes_it_and_finds_drift()
    {
        var location = await LocationAsync();
        using var workspace = new Workspace();
        workspace.Environment["DRTOOLS_REPOSITORY"] = location;
        string[] wanted = ["--versioning", "on", "--encryption", "s3", "--glacier-days", "90"];
        (await workspace.RunAsync("bucket", "protect")).Expect(64);
        var dry = (await workspace.RunAsync(["bucket", "protect", "--dry-run", .. wanted])).Expect(0);
        Assert.Contains("Would change 3 settings.", dry.Out, StringComparison.Ordinal);
        (await workspace.RunAsync(["bucket", "show", .. wanted])).Expect(1);
        var changed = (await workspace.RunAsync(["bucket", "protect", .. wanted])).Expect(0);
        Assert.Contains("Changed 3 settings.", changed.Out, StringComparison.Ordinal);
        Assert.Contains("must be thawed", changed.Out, StringComparison.Ordinal);
        Assert.Contains("Nothing to change.", (await workspace.RunAsync(["bucket", "protect", .. wanted])).Expect(0).Out, StringComparison.Ordinal);
        var shown = (await workspace.RunAsync(["bucket", "show", "--json", .. wanted])).Expect(0).Document;
        JsonContract.AssertIs("bucket", shown);
        Assert.True(shown.GetProperty("passed").GetBoolean());
    }

    [Fact]
    public async Task A_bucket_that_is_not_there_is_named()
    {
        var endpoint = await moto.EndpointAsync();
        var error = await Assert.ThrowsAsync<DrException>(() => BucketProtection.CompareAsync($"s3://no-such-bucket-here/x?endpoint={endpoint}", new(), Stop));
        Assert.Equal(DrError.StoreMissing, error.Error);
    }

    private static string BucketOf(string location) => location["s3://".Length..].Split('/')[0];

    private async Task<string> LocationAsync() => $"s3://{await moto.NewBucketAsync()}/backups/one?endpoint={await moto.EndpointAsync()}";
}
