using System.Management.Automation;
using DrTools.Backup;
using DrTools.PowerShell.Completion;

namespace DrTools.PowerShell.Commands;

/// <summary>A cmdlet about backups, which come through the pipeline with their repository or are named.</summary>
public abstract class BackupCommand : RepositoryCommand
{
    private protected const string BackupSet = "Backup";

    /// <summary>The backup: an object of Get-DrBackup, an id or a part of one that no other shares, or <c>latest</c>.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = BackupSet)]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public BackupReference? Backup { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNull]
    public override RepositoryReference? Repository { get; set; }

    /// <summary>Handles one backup.</summary>
    private protected abstract void ProcessBackup(DrRepository repository, BackupInfo backup);

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (Backup!.Backup is { } known && Repository is null)
        {
            Process(known.Repository, known.Info);
            return;
        }

        var repository = OpenRepository();
        Process(repository, Await(stop => new BackupCatalog(repository.Opened).FindAsync(Backup.Id, null, stop).AsTask()));
    }

    private protected void Process(DrRepository repository, BackupInfo backup)
    {
        try
        {
            ProcessBackup(repository, backup);
        }
        catch (DrException e)
        {
            WriteError(e, backup.Id);
        }
    }
}
