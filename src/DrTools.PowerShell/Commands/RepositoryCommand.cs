using System.Management.Automation;
using System.Security;
using DrTools.Backup;
using DrTools.Plans;
using DrTools.Repositories;

namespace DrTools.PowerShell.Commands;

/// <summary>A cmdlet that works on a repository, which it opens when it is given a location.</summary>
public abstract class RepositoryCommand : CancellableCommand
{
    internal const string RepositoryVariable = "DRTOOLS_REPOSITORY";

    private readonly Dictionary<string, DrRepository> _opened = new(StringComparer.Ordinal);
    private bool _handedOut;

    /// <summary>The repository: an object of Get-DrRepository or New-DrRepository, or a location.</summary>
    public abstract RepositoryReference? Repository { get; set; }

    /// <summary>The passphrase that opens the repository.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>The key file that opens the repository.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeyFile { get; set; }

    /// <summary>The KMS key that the user names to open the repository with, where a cmdlet takes one.</summary>
    private protected virtual string? OpeningKmsKey => null;

    /// <summary>The repository that the user names, opened. Without one nothing can go on.</summary>
    private protected DrRepository OpenRepository() => OpenRepository(Repository);

    /// <summary>Another repository that the user names, opened with the same secret.</summary>
    private protected DrRepository OpenRepository(RepositoryReference? reference)
    {
        try
        {
            return TryOpen(reference);
        }
        catch (DrException e)
        {
            ThrowTerminatingError(e, reference?.Location);
            throw;
        }
    }

    /// <summary>The same, for a cmdlet that can go on without it.</summary>
    /// <exception cref="DrException">It cannot be opened.</exception>
    private protected DrRepository TryOpen(RepositoryReference? reference) => reference?.Repository ?? Open(reference?.Location ?? FromEnvironment());

    /// <summary>Another repository that the user names, opened with its own secret where there is one.</summary>
    private protected DrRepository OpenOther(RepositoryReference reference, SecureString? passphrase, string? keyFile)
    {
        if (reference.Repository is not null || (passphrase is null && keyFile is null))
        {
            return OpenRepository(reference);
        }

        try
        {
            return Open(reference.Location, passphrase, keyFile);
        }
        catch (DrException e)
        {
            ThrowTerminatingError(e, reference.Location);
            throw;
        }
    }

    /// <summary>The repository, where one is named.</summary>
    private protected DrRepository? TryOpenRepository() =>
        Repository is null && string.IsNullOrEmpty(Environment.GetEnvironmentVariable(RepositoryVariable)) ? null : OpenRepository();

    /// <summary>A backup that can be given to the user: its repository stays open.</summary>
    private protected DrBackup HandOut(DrRepository repository, BackupInfo info)
    {
        _handedOut = true;
        return new DrBackup(repository, info);
    }

    /// <summary>Opens what a location names, and gives it to the user: it stays open.</summary>
    private protected DrRepository HandOut(DrRepository repository)
    {
        _handedOut = true;
        return repository;
    }

    /// <summary>What a service of a plan has in the repository that its backups are taken into, or in the one that the user names:
    /// by its name in the plan, its location, or as an object.</summary>
    /// <exception cref="DrException">The plan makes no sense, or has no such service or repository.</exception>
    private protected (PlannedSelection Selection, DrRepository Repository) OpenService(PlanReference? plan, string service, RepositoryReference? reference, string? source = null)
    {
        var read = PlanAccess.Read(this, plan).Require();
        var isName = reference is null || read.Repositories.Any(r => string.Equals(r.Name, reference.Location, StringComparison.OrdinalIgnoreCase));
        var selection = PlannedSelection.Of(read, service, isName ? reference?.Location : SessionPath.ResolveLocation(SessionState.Path, reference!.Location), source);
        return (selection, reference?.Repository ?? OpenPlanned(selection.Repository));
    }

    /// <summary>Opens a repository of a plan.</summary>
    /// <exception cref="DrException">It cannot be opened.</exception>
    private protected DrRepository OpenPlanned(PlannedRepository planned)
    {
        if (!_opened.TryGetValue(planned.Location, out var repository))
        {
            WriteVerbose($"Opening {planned.Location}, the repository {planned.Name} of the plan.");
            using var credential = new PlanRepositories(PlanAccess.Secrets(this, Passphrase, KeyFile is null ? null : ResolvePath(KeyFile))).Credential(planned);
            repository = new DrRepository(Await(stop => new RepositoryFactory().OpenAsync(planned.Location, credential, stop).AsTask()));
            _opened.Add(planned.Location, repository);
        }

        return repository;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_handedOut)
        {
            foreach (var repository in _opened.Values)
            {
                repository.Dispose();
            }
        }

        _opened.Clear();
        base.Dispose(disposing);
    }

    private DrRepository Open(string location) => Open(location, Passphrase, KeyFile);

    private DrRepository Open(string location, SecureString? passphrase, string? keyFile)
    {
        var resolved = SessionPath.ResolveLocation(SessionState.Path, location);
        if (!_opened.TryGetValue(resolved, out var repository))
        {
            WriteVerbose($"Opening the repository {resolved}.");
            using var credential = RepositorySecret.Choose(passphrase, keyFile is null ? null : ResolvePath(keyFile), OpeningKmsKey);
            repository = new DrRepository(Await(stop => new RepositoryFactory().OpenAsync(resolved, credential, stop).AsTask()));
            _opened.Add(resolved, repository);
        }

        return repository;
    }

    private static string FromEnvironment() => Environment.GetEnvironmentVariable(RepositoryVariable) is { Length: > 0 } location
        ? location
        : throw new DrException(DrError.BadUsage, "No repository is given.", $"Give -Repository, or set the environment variable {RepositoryVariable}.");
}
