using Amazon.S3;
using Amazon.S3.Model;

namespace DrTools.Aws.Protection;

/// <summary>Makes the lifecycle rules of a repository, beside those of others.</summary>
internal static class LifecycleRules
{
    /// <summary>The rules of the bucket with those of the repository as they are to be. Others are kept as they are.</summary>
    public static List<LifecycleRule> Merge(BucketState state, BucketProtectionOptions options, string prefix)
    {
        int? infrequent = options.InfrequentAccessDays ?? state.DaysTo(S3StorageClass.StandardInfrequentAccess);
        int? glacier = options.GlacierDays ?? state.DaysTo(S3StorageClass.Glacier);
        int? deep = options.DeepArchiveDays ?? state.DaysTo(S3StorageClass.DeepArchive);
        BucketProtectionOptions.RequireOrder([infrequent, glacier, deep]);
        List<LifecycleTransition> transitions = [];
        Add(infrequent, S3StorageClass.StandardInfrequentAccess);
        Add(glacier, S3StorageClass.Glacier);
        Add(deep, S3StorageClass.DeepArchive);
        var versions = options.OldVersionDays ?? state.OldVersionDays;
        var uploads = options.AbortUploadDays ?? state.AbortUploadDays;

        var rules = state.Lifecycle.Where(r => r.Id != state.ColdRuleId && r.Id != state.CleanRuleId).ToList();
        if (transitions.Count > 0)
        {
            rules.Add(new LifecycleRule { Id = state.ColdRuleId, Status = LifecycleRuleStatus.Enabled, Filter = Below(prefix + "packs/"), Transitions = transitions });
        }

        if (versions > 0 || uploads > 0)
        {
            rules.Add(new LifecycleRule
            {
                Id = state.CleanRuleId,
                Status = LifecycleRuleStatus.Enabled,
                Filter = Below(prefix),
                NoncurrentVersionExpiration = versions > 0 ? new() { NoncurrentDays = versions } : null,
                AbortIncompleteMultipartUpload = uploads > 0 ? new() { DaysAfterInitiation = uploads } : null,
            });
        }

        return rules;

        void Add(int? days, S3StorageClass storageClass)
        {
            if (days > 0)
            {
                transitions.Add(new LifecycleTransition { Days = days, StorageClass = storageClass });
            }
        }
    }

    /// <summary>What the names of the objects of a rule start with, and whether it takes those only that have a tag.</summary>
    public static (string Prefix, bool NeedsTag) Scope(LifecycleRule rule)
    {
#pragma warning disable CS0618 // Rules that others made long ago have their prefix where it was then.
        var old = rule.Prefix;
#pragma warning restore CS0618
        if (rule.Filter is not { } filter)
        {
            return (old ?? string.Empty, false);
        }

        var predicates = filter.LifecycleFilterPredicate switch
        {
            null => [],
            LifecycleAndOperator and => and.Operands ?? [],
            var one => [one],
        };
        var prefix = predicates.OfType<LifecyclePrefixPredicate>().FirstOrDefault()?.Prefix ?? filter.Prefix ?? filter.And?.Prefix ?? old ?? string.Empty;
        return (prefix, predicates.OfType<LifecycleTagPredicate>().Any() || filter.Tag is not null || filter.And?.Tags is { Count: > 0 });
    }

    private static LifecycleFilter Below(string prefix) => new() { LifecycleFilterPredicate = new LifecyclePrefixPredicate { Prefix = prefix } };
}
