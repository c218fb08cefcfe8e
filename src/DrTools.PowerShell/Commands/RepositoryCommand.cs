using System.Management.Automation;
using System.Security;
using DrTools.Backup;
using DrTools.Plans;

namespace DrTools.PowerShell.Commands;

/// <summary>A cmdlet that works on a repository, which it opens when it is given a location.</summary>
public abstract class RepositoryCommand : CancellableCommand
{
    private readonly RepositoryOpener _opener;

    /// <summary>A cmdlet that has opened nothing yet.</summary>
    protected RepositoryCommand() => _opener = new RepositoryOpener(this);

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
    private protected DrRepository OpenRepository(RepositoryReference? reference) => _opener.OpenOrEnd(reference, Passphrase, KeyFile, OpeningKmsKey);

    /// <summary>The same, for a cmdlet that can go on without it.</summary>
    /// <exception cref="DrException">It cannot be opened.</exception>
    private protected DrRepository TryOpen(RepositoryReference? reference) => _opener.TryOpen(reference, Passphrase, KeyFile, OpeningKmsKey);

    /// <summary>Another repository that the user names, opened with its own secret where there is one.</summary>
    private protected DrRepository OpenOther(RepositoryReference reference, SecureString? passphrase, string? keyFile) =>
        reference.Repository is not null || (passphrase is null && keyFile is null)
            ? OpenRepository(reference)
            : _opener.OpenOrEnd(reference, passphrase, keyFile, OpeningKmsKey);

    /// <summary>The repository, where one is named.</summary>
    private protected DrRepository? TryOpenRepository() => RepositoryOpener.IsNamed(Repository) ? OpenRepository() : null;

    /// <summary>A backup that can be given to the user: its repository stays open.</summary>
    private protected DrBackup HandOut(DrRepository repository, BackupInfo info) => _opener.HandOut(repository, info);

    /// <summary>Opens what a location names, and gives it to the user: it stays open.</summary>
    private protected DrRepository HandOut(DrRepository repository) => _opener.HandOut(repository);

    /// <summary>What a service of a plan has in the repository that its backups are taken into, or in the one that the user names:
    /// by its name in the plan, its location, or as an object.</summary>
    /// <exception cref="DrException">The plan makes no sense, or has no such service or repository.</exception>
    private protected (PlannedSelection Selection, DrRepository Repository) OpenService(PlanReference? plan, string service, RepositoryReference? reference, string? source = null)
    {
        var read = PlanAccess.Read(this, plan).Require();
        var isName = reference is null || PlannedName.Is(reference.Location) || read.Repositories.Any(r => string.Equals(r.Name, reference.Location, StringComparison.OrdinalIgnoreCase));
        var selection = PlannedSelection.Of(read, service, isName ? reference?.Location : SessionPath.ResolveLocation(SessionState.Path, reference!.Location), source);
        return (selection, reference?.Repository ?? OpenPlanned(selection.Repository));
    }

    /// <summary>Opens a repository of a plan.</summary>
    /// <exception cref="DrException">It cannot be opened.</exception>
    private protected DrRepository OpenPlanned(PlannedRepository planned) => _opener.OpenPlanned(planned, Passphrase, KeyFile);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _opener.Dispose();
        }

        base.Dispose(disposing);
    }
}
