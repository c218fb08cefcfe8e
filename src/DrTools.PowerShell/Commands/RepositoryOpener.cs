using System.Management.Automation;
using System.Security;
using DrTools.Backup;
using DrTools.Plans;
using DrTools.Repositories;

namespace DrTools.PowerShell.Commands;

/// <summary>The repositories that a cmdlet opens. They are closed with it, unless the user was given something of them.</summary>
/// <param name="command">The cmdlet.</param>
internal sealed class RepositoryOpener(CancellableCommand command) : IDisposable
{
    public const string RepositoryVariable = "DRTOOLS_REPOSITORY";

    private readonly Dictionary<string, DrRepository> _opened = new(StringComparer.Ordinal);
    private bool _handedOut;

    /// <summary>Whether the user names one, as a parameter or in the environment.</summary>
    public static bool IsNamed(RepositoryReference? reference) => reference is not null || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(RepositoryVariable));

    /// <summary>The repository that the user names, opened.</summary>
    /// <exception cref="DrException">It cannot be opened.</exception>
    public DrRepository TryOpen(RepositoryReference? reference, SecureString? passphrase, string? keyFile, string? kmsKey = null) =>
        reference?.Repository ?? Open(reference?.Location ?? FromEnvironment(), passphrase, keyFile, kmsKey);

    /// <summary>The same, for a cmdlet that cannot go on without it.</summary>
    public DrRepository OpenOrEnd(RepositoryReference? reference, SecureString? passphrase, string? keyFile, string? kmsKey = null)
    {
        try
        {
            return TryOpen(reference, passphrase, keyFile, kmsKey);
        }
        catch (DrException e)
        {
            command.ThrowTerminatingError(FailureErrorRecord.Create(e, reference?.Location));
            throw;
        }
    }

    /// <summary>Opens a repository of a plan, with the secret that the plan names.</summary>
    /// <exception cref="DrException">It cannot be opened.</exception>
    public DrRepository OpenPlanned(PlannedRepository planned, SecureString? passphrase, string? keyFile)
    {
        if (!_opened.TryGetValue(planned.Location, out var repository))
        {
            command.WriteVerbose($"Opening {planned.Location}, the repository {planned.Name} of the plan.");
            var secrets = PlanAccess.Secrets(command, passphrase, keyFile is null ? null : SessionPath.Resolve(command.SessionState, keyFile));
            using var credential = new PlanRepositories(secrets).Credential(planned);
            repository = new DrRepository(command.Await(stop => new RepositoryFactory().OpenAsync(planned.Location, credential, stop).AsTask()));
            _opened.Add(planned.Location, repository);
        }

        return repository;
    }

    /// <summary>A backup that can be given to the user: its repository stays open.</summary>
    public DrBackup HandOut(DrRepository repository, BackupInfo info)
    {
        _handedOut = true;
        return new DrBackup(repository, info);
    }

    /// <summary>Gives the repository to the user: it stays open.</summary>
    public DrRepository HandOut(DrRepository repository)
    {
        _handedOut = true;
        return repository;
    }

    public void Dispose()
    {
        if (!_handedOut)
        {
            foreach (var repository in _opened.Values)
            {
                repository.Dispose();
            }
        }

        _opened.Clear();
    }

    private DrRepository Open(string location, SecureString? passphrase, string? keyFile, string? kmsKey)
    {
        if (PlannedName.Is(location))
        {
            return OpenPlanned(PlannedName.Repository(SessionPath.DefaultPlan(command.SessionState.Path), location), passphrase, keyFile);
        }

        var resolved = SessionPath.ResolveLocation(command.SessionState.Path, location);
        if (!_opened.TryGetValue(resolved, out var repository))
        {
            command.WriteVerbose($"Opening the repository {resolved}.");
            using var credential = RepositorySecret.Choose(passphrase, keyFile is null ? null : SessionPath.Resolve(command.SessionState, keyFile), kmsKey);
            repository = new DrRepository(command.Await(stop => new RepositoryFactory().OpenAsync(resolved, credential, stop).AsTask()));
            _opened.Add(resolved, repository);
        }

        return repository;
    }

    private static string FromEnvironment() => Environment.GetEnvironmentVariable(RepositoryVariable) is { Length: > 0 } location
        ? location
        : throw new DrException(DrError.BadUsage, "No repository is given.", $"Give -Repository, or set the environment variable {RepositoryVariable}.");
}
