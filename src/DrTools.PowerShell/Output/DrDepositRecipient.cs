using DrTools.Deposits;

namespace DrTools.PowerShell;

/// <summary>The public key of a repository, and the file that it was written to.</summary>
public sealed class DrDepositRecipient
{
    internal DrDepositRecipient(DepositRecipient recipient, string path) => (RepositoryId, Fingerprint, Path) = (recipient.RepositoryId, recipient.Fingerprint, path);

    /// <summary>The repository.</summary>
    public Guid RepositoryId { get; }

    /// <summary>What two people compare over the telephone: the first eight bytes of the key's SHA-256, hexadecimal.</summary>
    public string Fingerprint { get; }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Its fingerprint.</summary>
    public override string ToString() => Fingerprint;
}
