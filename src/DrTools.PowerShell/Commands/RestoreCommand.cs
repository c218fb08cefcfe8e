using System.Management.Automation;
using DrTools.Backup;
using DrTools.Restore;

namespace DrTools.PowerShell.Commands;

/// <summary>A cmdlet that restores backups. With -WhatIf it returns the plan.</summary>
public abstract class RestoreCommand : ServiceBackupCommand
{
    /// <summary>Where it is restored.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = BackupSet)]
    [Parameter(Mandatory = true, ParameterSetName = ServiceSet)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = string.Empty;

    /// <summary>Lets data in the destination be replaced. It is kept until the restore has succeeded.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Number of files written at once; 0 for one per processor, at most 8.</summary>
    [Parameter]
    [ValidateRange(0, 32)]
    public int Parallelism { get; set; }

    /// <summary>Leaves out the source's own checks of what was restored.</summary>
    [Parameter]
    public SwitchParameter SkipCheck { get; set; }

    private protected override bool TakesOne => true;

    /// <summary>What is restored, where that can be chosen.</summary>
    private protected virtual IReadOnlyList<string> Patterns => [];

    /// <summary>Refuses a backup of another kind.</summary>
    private protected virtual void Require(BackupInfo backup)
    {
    }

    private protected override void ProcessBackup(DrRepository repository, BackupInfo backup)
    {
        Require(backup);
        var target = ResolvePath(Destination);
        var options = new RestoreOptions { Include = Patterns, Force = Force, Parallelism = Parallelism, Check = !SkipCheck };
        var engine = new RestoreEngine(repository.Opened);
        if (!Confirm(Force, target, $"Restore {backup.Id} of {backup.Source}"))
        {
            if (IsWhatIf)
            {
                WriteObject(Await(stop => engine.PlanAsync(backup, target, options, stop)));
            }

            return;
        }

        WriteVerbose($"Restoring {backup.Id} of {backup.Source} to {target}.");
        var progress = new ProgressDisplay<RestoreProgress>($"Restoring {backup.Id} of {backup.Source}", p => new WorkAmount(p.Bytes, p.TotalBytes, p.CurrentPath));
        var result = Await(stop => engine.RestoreAsync(backup, target, options, progress, stop), progress);
        WriteObject(result);
        RestoreReport.Write(this, result);
    }
}
