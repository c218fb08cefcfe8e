namespace DrTools.Stores;

/// <summary>Who may remove a locked object before its time ("Retention modes", Amazon S3 User Guide).</summary>
public enum ObjectLockMode
{
    /// <summary>Nobody but users with a special permission (<c>s3:BypassGovernanceRetention</c>), which backing up does not
    /// need.</summary>
    Governance,

    /// <summary>Nobody at all, the owner of the account included.</summary>
    Compliance,
}
