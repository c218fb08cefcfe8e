namespace DrTools.Aws.Protection;

/// <summary>How a bucket encrypts what it is given without word of encryption.</summary>
public enum BucketEncryption
{
    /// <summary>With keys of S3 (SSE-S3).</summary>
    S3,

    /// <summary>With a key of AWS KMS (SSE-KMS).</summary>
    Kms,
}

/// <summary>How the bucket of a repository is to be protected. What is <see langword="null"/> stays as it is. No setting deletes
/// live objects by their age: a later backup refers to packs of any age, so that would destroy it.</summary>
public sealed record BucketProtectionOptions
{
    /// <summary>The longest time that a rule may have, days.</summary>
    public const int MaximumDays = 36500;

    /// <summary>Whether versions are kept of what is removed or replaced.</summary>
    public bool? Versioning { get; init; }

    /// <summary>Whether every kind of public access is blocked.</summary>
    public bool? BlockPublicAccess { get; init; }

    /// <summary>How new objects are encrypted.</summary>
    public BucketEncryption? Encryption { get; init; }

    /// <summary>Key of AWS KMS for <see cref="BucketEncryption.Kms"/>; the account's own for S3 without it.</summary>
    public string? KmsKey { get; init; }

    /// <summary>After how many days packs go to STANDARD_IA; 0 for never. S3 wants 30 at least.</summary>
    public int? InfrequentAccessDays { get; init; }

    /// <summary>After how many days packs go to GLACIER, from where they must be thawed before a restore; 0 for never.</summary>
    public int? GlacierDays { get; init; }

    /// <summary>After how many days packs go to DEEP_ARCHIVE, from where they must be thawed before a restore; 0 for never.</summary>
    public int? DeepArchiveDays { get; init; }

    /// <summary>After how many days versions go that were removed or replaced; 0 for never.</summary>
    public int? OldVersionDays { get; init; }

    /// <summary>After how many days unfinished uploads go; 0 for never.</summary>
    public int? AbortUploadDays { get; init; }

    /// <summary>The bucket that new objects are replicated to, by name or ARN; empty for none.</summary>
    public string? ReplicationBucket { get; init; }

    /// <summary>ARN of the role that S3 replicates as.</summary>
    public string? ReplicationRole { get; init; }

    /// <summary>Storage class of the replicas; that of the originals without it.</summary>
    public string? ReplicationStorageClass { get; init; }

    /// <summary>Whether replication is to take 15 minutes at most, and is measured.</summary>
    public bool? ReplicationTime { get; init; }

    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    internal void Validate()
    {
        if (KmsKey is not null && Encryption != BucketEncryption.Kms)
        {
            throw new DrException(DrError.BadUsage, "A KMS key for the bucket is of use only with encryption by KMS.", "Give the encryption kms too, or leave the key out.");
        }

        foreach (var days in new[] { InfrequentAccessDays, GlacierDays, DeepArchiveDays, OldVersionDays, AbortUploadDays })
        {
            if (days is < 0 or > MaximumDays)
            {
                throw new DrException(DrError.BadUsage, $"{days} days make no sense.", $"Give 1 to {MaximumDays} days, or 0 for never.");
            }
        }

        if (InfrequentAccessDays is > 0 and < 30)
        {
            throw new DrException(DrError.BadUsage, $"Objects cannot go to STANDARD_IA after {InfrequentAccessDays} days.", "S3 wants 30 days at least.");
        }

        // What is left out may be in the bucket already, so it is looked at again when the rule is made.
        RequireOrder([InfrequentAccessDays, GlacierDays, DeepArchiveDays]);
        if (ReplicationBucket is null && (ReplicationRole ?? ReplicationStorageClass) is not null)
        {
            throw new DrException(DrError.BadUsage, "Replication needs a bucket to replicate to.", "Name it too.");
        }

        if (ReplicationBucket is { Length: > 0 } && ReplicationRole is null)
        {
            throw new DrException(DrError.BadUsage, "Replication needs a role that S3 replicates as.", "Name its ARN (arn:aws:iam::111122223333:role/replication).");
        }
    }

    internal static void RequireOrder(ReadOnlySpan<int?> days)
    {
        int? before = null;
        foreach (var day in days)
        {
            if (day is not > 0)
            {
                continue;
            }

            if (before >= day)
            {
                throw new DrException(
                    DrError.BadUsage,
                    $"Objects cannot go to a colder class after {day} days when they go to a warmer one after {before}.",
                    "Order them: infrequent access, then Glacier, then deep archive, each later than the one before.");
            }

            before = day;
        }
    }
}
