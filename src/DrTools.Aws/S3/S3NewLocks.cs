using Amazon.S3;
using DrTools.Stores;

namespace DrTools.Aws.S3;

/// <summary>How objects are locked from their first moment.</summary>
internal sealed class S3NewLocks(Stores.ObjectLockMode mode, TimeSpan period, Func<string, bool> covers)
{
    public Amazon.S3.ObjectLockMode Mode { get; } = mode == Stores.ObjectLockMode.Compliance ? Amazon.S3.ObjectLockMode.Compliance : Amazon.S3.ObjectLockMode.Governance;

    public ObjectLockRetentionMode RetentionMode { get; } = mode == Stores.ObjectLockMode.Compliance ? ObjectLockRetentionMode.Compliance : ObjectLockRetentionMode.Governance;

    /// <summary>Until when an object that is created now is locked; <see langword="null"/> when it is not.</summary>
    public DateTime? Until(string name) => covers(name) ? DateTime.UtcNow + period : null;
}
