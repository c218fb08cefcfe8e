using System.Management.Automation;
using DrTools.Backup;
using DrTools.Expiry;

namespace DrTools.PowerShell.Commands;

/// <summary>Removes backups, and the packs that no other refers to.</summary>
[Cmdlet(VerbsCommon.Remove, "DrBackup", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(ExpiryResult))]
public sealed class RemoveDrBackupCommand : BackupCommand
{
    /// <summary>Also removes the last restorable backup of a source.</summary>
    [Parameter]
    public SwitchParameter AllowLast { get; set; }

    /// <summary>Asks nothing.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Returns what was removed and how much was freed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void ProcessBackup(DrRepository repository, BackupInfo backup)
    {
        var target = $"{backup.Id} ({backup.Type} of {backup.Source}, {Display.Size(backup.StoredBytes)} stored) in {repository}";
        if (!Confirm(Force, target, "Remove the backup"))
        {
            return;
        }

        var result = Await(stop => new ExpiryEngine(repository.Opened).RemoveAsync([backup], AllowLast, stop));
        WriteVerbose($"Removed {backup.Id} and {Display.Count(result.RemovedPacks, "pack")}, {Display.Size(result.FreedBytes)}.");
        if (PassThru)
        {
            WriteObject(result);
        }
    }
}
