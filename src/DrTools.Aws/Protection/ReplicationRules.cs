using Amazon.S3;
using Amazon.S3.Model;

namespace DrTools.Aws.Protection;

/// <summary>Makes the replication rule of a repository, beside those of others.</summary>
internal static class ReplicationRules
{
    private const int Minutes = 15;

    /// <summary>ARN of a bucket that is given by name or ARN.</summary>
    public static string ArnOf(string bucket) => bucket.StartsWith("arn:", StringComparison.Ordinal) ? bucket : $"arn:aws:s3:::{bucket}";

    /// <summary>The rules of the bucket with that of the repository as it is to be. Others are kept as they are.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when others need another role.</exception>
    public static ReplicationConfiguration Merge(BucketState state, BucketProtectionOptions options, string prefix)
    {
        var rules = state.Replication?.Rules?.Where(r => r.Id != state.ReplicationRuleId).ToList() ?? [];
        var bucket = options.ReplicationBucket switch { null => state.ReplicationBucket, "" => BucketState.None, var given => ArnOf(given) };
        if (bucket == BucketState.None)
        {
            return new ReplicationConfiguration { Role = state.Replication?.Role, Rules = rules };
        }

        var role = options.ReplicationRole ?? state.Replication?.Role;
        if (rules.Count > 0 && state.Replication!.Role != role)
        {
            throw new DrException(
                DrError.BadUsage,
                $"Other replication rules of the bucket ({string.Join(", ", rules.Select(r => r.Id))}) use the role {state.Replication.Role}, and a bucket has one for all of them.",
                "Give that role, and let it replicate to the new bucket too.");
        }

        var hasTime = options.ReplicationTime ?? state.HasReplicationTime;
        var storageClass = options.ReplicationStorageClass ?? (state.ReplicationStorageClass is BucketState.None ? null : state.ReplicationStorageClass);
        rules.Add(new ReplicationRule
        {
            Id = state.ReplicationRuleId,
            Status = ReplicationRuleStatus.Enabled,
            Priority = state.ReplicationRule?.Priority ?? (rules.Count == 0 ? 1 : rules.Max(r => r.Priority ?? 0) + 1),
            Filter = new ReplicationRuleFilter { Prefix = prefix },

            // A deletion must never travel to the copy.
            DeleteMarkerReplication = new DeleteMarkerReplication { Status = DeleteMarkerReplicationStatus.Disabled },
            Destination = new ReplicationDestination
            {
                BucketArn = bucket,
                StorageClass = storageClass is null ? null : new S3StorageClass(storageClass.ToUpperInvariant()),
                ReplicationTime = hasTime ? new ReplicationTime { Status = ReplicationTimeStatus.Enabled, Time = new ReplicationTimeValue { Minutes = Minutes } } : null,
                Metrics = hasTime ? new Metrics { Status = MetricsStatus.Enabled, EventThreshold = new ReplicationTimeValue { Minutes = Minutes } } : null,
            },
        });
        return new ReplicationConfiguration { Role = role, Rules = rules };
    }
}
