namespace DrTools.Plans;

/// <summary>A key of a repository that lies elsewhere than on the host: in a safe, at another site, with another person. One of its
/// three places is given.</summary>
public sealed record RecoveryKey
{
    /// <summary>Where the passphrase lies.</summary>
    public SecretReference? Passphrase { get; init; }

    /// <summary>Absolute path of the key file.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The KMS key.</summary>
    public string? KmsKey { get; init; }

    /// <summary>Where it is written.</summary>
    public PlanPosition Position { get; init; }

    /// <summary>In words, with its place: <c>key file /mnt/safe/repository.key</c>.</summary>
    public override string ToString() => this switch
    {
        { Passphrase: { } reference } => $"passphrase {reference}",
        { KeyFile: { } file } => $"key file {file}",
        _ => $"KMS key {KmsKey}",
    };
}
