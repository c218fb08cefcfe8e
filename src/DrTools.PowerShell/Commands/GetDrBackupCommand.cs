using System.Management.Automation;
using DrTools.Backup;
using DrTools.PowerShell.Completion;

namespace DrTools.PowerShell.Commands;

/// <summary>Lists backups.</summary>
[Cmdlet(VerbsCommon.Get, "DrBackup", DefaultParameterSetName = FilterSet)]
[OutputType(typeof(DrBackup))]
public sealed class GetDrBackupCommand : PipedRepositoryCommand
{
    private const string FilterSet = "Filter";
    private const string BackupSet = "Backup";

    /// <summary>Only backups of these sources.</summary>
    [Parameter(Position = 1, ParameterSetName = FilterSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string[] Source { get; set; } = [];

    /// <summary>The backup: an id or a part of one that no other shares, or <c>latest</c>.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BackupSet)]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public BackupReference? Backup { get; set; }

    /// <summary>Only backups filed under this host.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    [ValidateNotNullOrEmpty]
    public string? HostName { get; set; }

    /// <summary>Only backups of this type.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    public BackupType? Type { get; set; }

    /// <summary>Only backups started at or after this time.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    public DateTimeOffset? After { get; set; }

    /// <summary>Only backups started before this time.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    public DateTimeOffset? Before { get; set; }

    /// <summary>Only backups of this service of the plan, in the repository that they are taken into, or in the one that is named.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    [ValidateNotNullOrEmpty]
    public string? Service { get; set; }

    /// <summary>The plan that has the service; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    [ValidateNotNull]
    public PlanReference? Plan { get; set; }

    /// <summary>Only the newest of each source.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    public SwitchParameter Latest { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (Service is not null)
        {
            foreach (var source in Source.Length == 0 ? [null] : Source.Select(s => (string?)SessionPath.SourceName(SessionState, s)))
            {
                var (selection, opened) = OpenService(Plan, Service, Repository, source);
                List(opened, new BackupCatalog(opened.Opened), null, selection.Holds);
            }

            return;
        }

        var repository = OpenRepository();
        var catalog = new BackupCatalog(repository.Opened);
        if (Backup is not null)
        {
            WriteObject(HandOut(repository, Await(stop => catalog.FindAsync(Backup.Id, null, stop).AsTask())));
            return;
        }

        string?[] sources = Source.Length == 0 ? [null] : [.. Source.Select(s => SessionPath.SourceName(SessionState, s))];
        foreach (var source in sources)
        {
            List(repository, catalog, source);
        }
    }

    private void List(DrRepository repository, BackupCatalog catalog, string? source, Func<BackupInfo, bool>? only = null)
    {
        var filter = new BackupFilter { Source = source, Host = HostName, Type = Type, After = After, Before = Before, Latest = Latest };
        var damaged = new List<DrException>();
        var backups = Await(stop => catalog.ListAsync(filter, stop, damaged.Add).AsTask());
        foreach (var failure in damaged)
        {
            WriteError(failure);
        }

        foreach (var backup in backups.Where(b => only is null || only(b)))
        {
            WriteObject(HandOut(repository, backup));
        }
    }
}
