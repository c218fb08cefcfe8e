using System.Runtime.InteropServices;
using System.Security.Cryptography;
using DrTools.Repositories;
using DrTools.Repositories.Keys;

namespace DrTools.Plans;

/// <summary>Where the secrets of a plan's repositories come from, as far as a face knows it.</summary>
public sealed record PlanSecrets
{
    /// <summary>Reads a secret of a vault; <see langword="null"/> where there are no vaults. The caller wipes what it gets.</summary>
    public Func<string, char[]>? Vault { get; init; }

    /// <summary>What opens a repository of which the plan does not say what does; none if it is not given.</summary>
    public Func<RepositoryCredential?> Otherwise { get; init; } = () => null;
}

/// <summary>Opens the repositories of a plan.</summary>
/// <param name="secrets">Where secrets come from.</param>
public sealed class PlanRepositories(PlanSecrets secrets)
{
    /// <summary>Opens a repository.</summary>
    /// <exception cref="DrException">It cannot be opened, or its secret is not where the plan says.</exception>
    public async ValueTask<Repository> OpenAsync(PlannedRepository repository, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(repository);
        using var credential = Credential(repository);
        return await new RepositoryFactory().OpenAsync(repository.Location, credential, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a repository with one of its recovery keys, as whoever has lost the other has to.</summary>
    /// <exception cref="DrException">It cannot be opened, or the key is not where the plan says.</exception>
    public async ValueTask<Repository> OpenAsync(PlannedRepository repository, RecoveryKey key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(key);
        using var credential = key switch
        {
            { Passphrase: { } reference } => Passphrase(repository, reference),
            { KeyFile: { } file } => RepositoryCredential.FromKeyFile(file),
            _ => RepositoryCredential.FromKeyService(key.KmsKey!),
        };
        return await new RepositoryFactory().OpenAsync(repository.Location, credential, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What opens a repository.</summary>
    /// <exception cref="DrException">The secret is not where the plan says.</exception>
    public RepositoryCredential Credential(PlannedRepository repository)
    {
        ArgumentNullException.ThrowIfNull(repository);
        return repository switch
        {
            { Passphrase: { } reference } => Passphrase(repository, reference),
            { KeyFile: { } file } => RepositoryCredential.FromKeyFile(file),
            { KmsKey: { } key } => RepositoryCredential.FromKeyService(key),
            _ => secrets.Otherwise() ?? RepositoryCredential.None,
        };
    }

    private RepositoryCredential Passphrase(PlannedRepository repository, SecretReference reference) => reference.Place switch
    {
        SecretPlace.File => RepositoryCredential.FromPassphraseFile(reference.Name),
        SecretPlace.Environment => Environment.GetEnvironmentVariable(reference.Name) is { Length: > 0 } value
            ? RepositoryCredential.FromPassphrase(value)
            : throw new DrException(DrError.KeyRequired, $"The variable {reference.Name}, which is to hold the passphrase of the repository '{repository.Name}', is not set.", $"Set {reference.Name}, or name a file in the plan: passphrase: file:PATH."),
        _ => secrets.Vault is { } vault
            ? FromVault(vault, reference.Name)
            : throw new DrException(DrError.KeyRequired, $"The passphrase of the repository '{repository.Name}' lies in a vault ({reference}), which only PowerShell can read.", "Use the module, or name a file in the plan: passphrase: file:PATH."),
    };

    private static RepositoryCredential FromVault(Func<string, char[]> vault, string name)
    {
        var secret = vault(name);
        try
        {
            return RepositoryCredential.FromPassphrase(secret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(secret.AsSpan()));
        }
    }
}
