using System.Management.Automation;
using DrTools.Aws.Protection;

namespace DrTools.PowerShell.Commands;

/// <summary>A cmdlet on the protection of the bucket that a repository lies in.</summary>
public abstract class BucketCommand : CancellableCommand
{
    /// <summary>Where the repository is, or shall be: <c>s3://bucket/prefix</c>.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Location { get; set; } = string.Empty;

    /// <summary>Whether versions are kept of what is removed or replaced.</summary>
    [Parameter]
    public SwitchParameter Versioning { get; set; }

    /// <summary>Whether every kind of public access is blocked.</summary>
    [Parameter]
    public SwitchParameter BlockPublicAccess { get; set; }

    /// <summary>How new objects are encrypted by default.</summary>
    [Parameter]
    public BucketEncryption? Encryption { get; set; }

    /// <summary>The KMS key for encryption by KMS.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? EncryptionKmsKey { get; set; }

    /// <summary>After how many days packs go to STANDARD_IA; 0 for never.</summary>
    [Parameter]
    [ValidateRange(0, BucketProtectionOptions.MaximumDays)]
    public int? InfrequentAccessDays { get; set; }

    /// <summary>After how many days packs go to GLACIER; 0 for never.</summary>
    [Parameter]
    [ValidateRange(0, BucketProtectionOptions.MaximumDays)]
    public int? GlacierDays { get; set; }

    /// <summary>After how many days packs go to DEEP_ARCHIVE; 0 for never.</summary>
    [Parameter]
    [ValidateRange(0, BucketProtectionOptions.MaximumDays)]
    public int? DeepArchiveDays { get; set; }

    /// <summary>After how many days removed and replaced versions go; 0 for never.</summary>
    [Parameter]
    [ValidateRange(0, BucketProtectionOptions.MaximumDays)]
    public int? OldVersionDays { get; set; }

    /// <summary>After how many days unfinished uploads go; 0 for never.</summary>
    [Parameter]
    [ValidateRange(0, BucketProtectionOptions.MaximumDays)]
    public int? AbortUploadDays { get; set; }

    /// <summary>The bucket that new objects are replicated to; empty for none.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? ReplicationBucket { get; set; }

    /// <summary>ARN of the role that S3 replicates as.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ReplicationRole { get; set; }

    /// <summary>Storage class of the replicas.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ReplicationStorageClass { get; set; }

    /// <summary>Whether replication is to take 15 minutes at most, and is measured.</summary>
    [Parameter]
    public SwitchParameter ReplicationTime { get; set; }

    /// <summary>What is wanted. A switch that is not given leaves its setting as it is.</summary>
    private protected BucketProtectionOptions Wanted() => new()
    {
        Versioning = Given(nameof(Versioning), Versioning),
        BlockPublicAccess = Given(nameof(BlockPublicAccess), BlockPublicAccess),
        Encryption = Encryption,
        KmsKey = EncryptionKmsKey,
        InfrequentAccessDays = InfrequentAccessDays,
        GlacierDays = GlacierDays,
        DeepArchiveDays = DeepArchiveDays,
        OldVersionDays = OldVersionDays,
        AbortUploadDays = AbortUploadDays,
        ReplicationBucket = MyInvocation.BoundParameters.ContainsKey(nameof(ReplicationBucket)) ? ReplicationBucket ?? string.Empty : null,
        ReplicationRole = ReplicationRole,
        ReplicationStorageClass = ReplicationStorageClass,
        ReplicationTime = Given(nameof(ReplicationTime), ReplicationTime),
    };

    private bool? Given(string name, SwitchParameter value) => MyInvocation.BoundParameters.ContainsKey(name) ? value.IsPresent : null;
}
