using DrTools.Repositories;

namespace DrTools.Plans;

/// <summary>A repository of a plan.</summary>
public sealed record PlannedRepository
{
    /// <summary>What the plan calls it.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is: an absolute folder, or a location with a scheme (<c>s3://…</c>).</summary>
    public required string Location { get; init; }

    /// <summary>Medium and site as the plan has them; the repository declares its own, which should agree.</summary>
    public RepositoryPlace Place { get; init; } = RepositoryPlace.Undeclared;

    /// <summary>Where its passphrase lies.</summary>
    public SecretReference? Passphrase { get; init; }

    /// <summary>Absolute path of its key file.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The KMS key that opens it.</summary>
    public string? KmsKey { get; init; }

    /// <summary>Whether the plan says what opens it.</summary>
    public bool HasSecret => Passphrase is not null || KeyFile is not null || KmsKey is not null;

    /// <summary>Class of its storage, by the name that <see cref="PlannedCosts.Storage"/> has a price for.</summary>
    public string? StorageClass { get; init; }

    /// <summary>Where it is written.</summary>
    public PlanPosition Position { get; init; }
}

/// <summary>How many copies of everything there are to be.</summary>
public sealed record PlannedCopies
{
    /// <summary>The numbers of copies, media and copies elsewhere: <c>3-2-1</c>.</summary>
    public required Copies.CopyRule Rule { get; init; }

    /// <summary>Where it is written.</summary>
    public PlanPosition Position { get; init; }
}

/// <summary>Where a secret lies.</summary>
public enum SecretPlace
{
    /// <summary>In a variable of the environment.</summary>
    Environment,

    /// <summary>In the first line of a file.</summary>
    File,

    /// <summary>In a vault of PowerShell's SecretManagement.</summary>
    Vault,
}

/// <summary>Where a secret lies; never the secret.</summary>
/// <param name="Place">The kind of place.</param>
/// <param name="Name">Name of the variable, absolute path of the file, or name in the vault.</param>
public sealed record SecretReference(SecretPlace Place, string Name)
{
    /// <summary>As in a plan: <c>env:NAME</c>, <c>file:PATH</c>, <c>vault:NAME</c>.</summary>
    public override string ToString() => Place switch { SecretPlace.Environment => "env:", SecretPlace.File => "file:", _ => "vault:" } + Name;
}
