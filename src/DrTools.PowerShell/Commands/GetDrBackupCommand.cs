using System.Management.Automation;
using DrTools.Backup;
using DrTools.PowerShell.Completion;
using DrTools.Sources;

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

    /// <summary>Only the newest of each source.</summary>
    [Parameter(ParameterSetName = FilterSet)]
    public SwitchParameter Latest { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var repository = OpenRepository();
        var catalog = new BackupCatalog(repository.Opened);
        if (Backup is not null)
        {
            WriteObject(HandOut(repository, Await(stop => catalog.FindAsync(Backup.Id, null, stop).AsTask())));
            return;
        }

        string?[] sources = Source.Length == 0 ? [null] : [.. Source.Select(s => SourceRegistry.Parse(SessionPath.ResolveSource(SessionState, s)).Name)];
        foreach (var source in sources)
        {
            List(repository, catalog, source);
        }
    }

    private void List(DrRepository repository, BackupCatalog catalog, string? source)
    {
        var filter = new BackupFilter { Source = source, Host = HostName, Type = Type, After = After, Before = Before, Latest = Latest };
        var damaged = new List<DrException>();
        var backups = Await(stop => catalog.ListAsync(filter, stop, damaged.Add).AsTask());
        foreach (var failure in damaged)
        {
            WriteError(failure);
        }

        foreach (var backup in backups)
        {
            WriteObject(HandOut(repository, backup));
        }
    }
}
