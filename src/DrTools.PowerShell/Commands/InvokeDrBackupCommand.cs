using System.Management.Automation;
using System.Security;
using DrTools.Backup;
using DrTools.Copies;
using DrTools.Plans;
using DrTools.Sources;

namespace DrTools.PowerShell.Commands;

/// <summary>Takes backups.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "DrBackup", SupportsShouldProcess = true, DefaultParameterSetName = SourceSet)]
[OutputType(typeof(DrBackup))]
public sealed class InvokeDrBackupCommand : TakeBackupCommand
{
    private readonly RepositoryOpener _opener;

    /// <summary>A cmdlet that has opened nothing yet.</summary>
    public InvokeDrBackupCommand() => _opener = new RepositoryOpener(this);

    /// <summary>The repositories: the backup is taken into the first and copied into the others. Each is an object of
    /// Get-DrRepository or New-DrRepository, or a location.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public RepositoryReference[] Repository { get; set; } = [];

    /// <summary>What it builds on; without a full backup to build on, a full one is taken.</summary>
    [Parameter]
    public BackupType Type { get; set; } = BackupType.Incremental;

    /// <summary>The passphrase that opens the repositories.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>The key file that opens the repositories.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeyFile { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (Service.Length > 0)
        {
            TakePlanned();
            return;
        }

        IReadOnlyList<DrRepository> repositories = Repository.Length < 2 ? [_opener.OpenOrEnd(Repository.FirstOrDefault(), Passphrase, KeyFile)] : OpenEach();
        foreach (var text in Source)
        {
            try
            {
                Take(repositories, Parse(text), Options);
            }
            catch (DrException e)
            {
                WriteError(e, text);
            }
        }
    }

    /// <summary>One of several that cannot be opened keeps the others from nothing.</summary>
    private List<DrRepository> OpenEach()
    {
        var opened = new List<DrRepository>();
        foreach (var reference in Repository)
        {
            try
            {
                opened.Add(_opener.TryOpen(reference, Passphrase, KeyFile));
            }
            catch (DrException e)
            {
                WriteError(e, reference.Location);
            }
        }

        return opened.Count > 0 ? opened : throw new DrException(DrError.RepositoryMissing, "Not one of the repositories can be opened.", "See the errors before this one.");
    }

    private void TakePlanned()
    {
        if (Repository.Length > 0)
        {
            throw new DrException(DrError.BadUsage, "Of a service the plan says where backups go.", "Leave out -Repository, or name sources instead of a service.");
        }

        foreach (var (plan, planned) in PlannedSources())
        {
            try
            {
                var (source, options) = Parse(planned);
                Take(OpenEach(planned.Repositories.Select(plan.Repository)), source, options);
            }
            catch (DrException e)
            {
                WriteError(e, planned.Source);
            }
        }
    }

    private List<DrRepository> OpenEach(IEnumerable<PlannedRepository> planned)
    {
        var opened = new List<DrRepository>();
        foreach (var one in planned)
        {
            try
            {
                opened.Add(_opener.OpenPlanned(one, Passphrase, KeyFile));
            }
            catch (DrException e)
            {
                WriteError(e, one.Location);
            }
        }

        return opened.Count > 0 ? opened : throw new DrException(DrError.RepositoryMissing, "Not one of the repositories can be opened.", "See the errors before this one.");
    }

    private void Take(IReadOnlyList<DrRepository> repositories, ISource source, BackupOptions options)
    {
        var repository = repositories[0];
        if (!ShouldProcess($"Take a backup ({Type}) of {source.Name} into {string.Join(" and ", repositories)}{LastOne(repository, source, options.Host)}", $"Back up {source.Name} into {string.Join(" and ", repositories)}?", "Backup", out _))
        {
            return;
        }

        WriteVerbose($"Backing up {source.Name} into {string.Join(" and ", repositories)}.");
        var progress = Progress(source);
        var several = Await(stop => new BackupToSeveral([.. repositories.Select(r => r.Opened)]).RunAsync(source, options with { Type = Type }, progress, null, stop), progress);
        var result = several.Taken;
        Tell(result.Backup, result.Issues, result.Notes);
        foreach (var (place, outcome) in repositories.Zip(several.Repositories))
        {
            if (outcome.Error is { } error)
            {
                WriteError(error, place.Location);
            }
            else
            {
                WriteObject(_opener.HandOut(place, outcome.Copy?.Backup ?? result.Backup));
            }
        }
    }

    /// <summary>What would be read is known only from the backup before; asked for only when nothing is changed.</summary>
    private string LastOne(DrRepository repository, ISource source, string host)
    {
        if (!IsWhatIf)
        {
            return string.Empty;
        }

        var backups = Await(stop => new BackupCatalog(repository.Opened).ListAsync(new BackupFilter { Source = source.Name, Host = host, Latest = true }, stop, _ => { }).AsTask());
        return backups is [var last]
            ? $": the last one, {last.Id}, holds {Display.Count(last.Files, "file")} and {Display.Size(last.SourceBytes)}, and took {Display.Duration(last.Duration)}"
            : ": the first one, so everything would be read";
    }

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
