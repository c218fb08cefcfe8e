using System.Globalization;
using Amazon.S3;
using Amazon.S3.Model;

namespace DrTools.Aws.Protection;

/// <summary>The parts of a bucket's configuration, each of which is read and written as a whole.</summary>
internal enum BucketPart
{
    Versioning,
    PublicAccess,
    Encryption,
    Lifecycle,
    Replication,
}

/// <summary>How a bucket is configured, as far as it matters to a repository below a prefix.</summary>
internal sealed class BucketState(string prefix)
{
    public const string None = "none";

    /// <summary>What the server said of the parts that it does not have.</summary>
    public Dictionary<BucketPart, string> Unsupported { get; } = [];

    public string Versioning { get; set; } = "off";

    public PublicAccessBlockConfiguration PublicAccess { get; set; } = new();

    public ServerSideEncryptionByDefault? Encryption { get; set; }

    public List<LifecycleRule> Lifecycle { get; set; } = [];

    public ReplicationConfiguration? Replication { get; set; }

    /// <summary>The rule that moves packs to colder classes. Nothing else may go there: without its header and manifests a
    /// repository cannot be read.</summary>
    public string ColdRuleId => $"drtools packs of {prefix}";

    /// <summary>The rule that takes away what is no part of the repository any more.</summary>
    public string CleanRuleId => $"drtools leftovers of {prefix}";

    public string ReplicationRuleId => $"drtools replication of {prefix}";

    public LifecycleRule? ColdRule => Lifecycle.Find(r => r.Id == ColdRuleId);

    public LifecycleRule? CleanRule => Lifecycle.Find(r => r.Id == CleanRuleId);

    public ReplicationRule? ReplicationRule => Replication?.Rules?.Find(r => r.Id == ReplicationRuleId);

    public string PublicAccessText => (PublicAccess.BlockPublicAcls, PublicAccess.IgnorePublicAcls, PublicAccess.BlockPublicPolicy, PublicAccess.RestrictPublicBuckets) switch
    {
        (true, true, true, true) => "all",
        (not true, not true, not true, not true) => None,
        _ => "some",
    };

    public string EncryptionText => Encryption is not { ServerSideEncryptionAlgorithm: { Value.Length: > 0 } algorithm } ? None
        : Encryption.ServerSideEncryptionKeyManagementServiceKeyId is { Length: > 0 } key ? $"{algorithm.Value} {key}" : algorithm.Value;

    public int? DaysTo(S3StorageClass storageClass) =>
        Enabled(ColdRule)?.Transitions?.Find(t => t.StorageClass == storageClass)?.Days;

    public int? OldVersionDays => Enabled(CleanRule)?.NoncurrentVersionExpiration?.NoncurrentDays;

    public int? AbortUploadDays => Enabled(CleanRule)?.AbortIncompleteMultipartUpload?.DaysAfterInitiation;

    public string ReplicationBucket => ReplicationRule is { Destination: { } to } rule && rule.Status == ReplicationRuleStatus.Enabled ? to.BucketArn : None;

    public string ReplicationRole => ReplicationRule is null ? None : Replication!.Role ?? None;

    public string ReplicationStorageClass => ReplicationRule?.Destination?.StorageClass?.Value ?? None;

    public bool HasReplicationTime => ReplicationRule?.Destination?.ReplicationTime?.Status == ReplicationTimeStatus.Enabled
        && ReplicationRule.Destination.Metrics?.Status == MetricsStatus.Enabled;

    public static string DaysText(int? days) => days is > 0 ? days.Value.ToString(CultureInfo.InvariantCulture) : None;

    /// <summary>Rules of others that would destroy this repository, or keep it from being read, each with what it does.</summary>
    public IEnumerable<(string Rule, string Harm)> Harmful()
    {
        foreach (var rule in Lifecycle.Where(r => r.Id != ColdRuleId && r.Id != CleanRuleId && r.Status == LifecycleRuleStatus.Enabled))
        {
            // What is below a prefix of its own may still lie in the repository, or the repository in it. Objects of a
            // repository have no tags.
            var (start, needsTag) = LifecycleRules.Scope(rule);
            if (needsTag || !(start.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(start, StringComparison.Ordinal)))
            {
                continue;
            }

            var name = rule.Id ?? "(without id)";
            if (rule.Expiration is { } end && (end.Days > 0 || end.Date is { Year: > 1 }))
            {
                yield return (name, $"deletes live objects of the repository {(end.Days > 0 ? $"after {end.Days} days" : $"from {end.Date:yyyy-MM-dd} on")}: later backups refer to packs of any age and are destroyed by that. Remove it, or keep it from {prefix}; what backups are kept is for drtools expire to say");
            }
            else if (rule.Transitions?.Find(t => t.StorageClass == S3StorageClass.Glacier || t.StorageClass == S3StorageClass.DeepArchive) is { } cold
                && !start.StartsWith(prefix + "packs/", StringComparison.Ordinal))
            {
                yield return (name, $"moves the header and the manifests of the repository to {cold.StorageClass}: it cannot be opened from there. Keep it to {prefix}packs/");
            }
        }
    }

    private static LifecycleRule? Enabled(LifecycleRule? rule) => rule?.Status == LifecycleRuleStatus.Enabled ? rule : null;
}
