using System.Management.Automation;
using DrTools.Backup;
using DrTools.Restore;
using DrTools.Sources;

namespace DrTools.PowerShell.Commands;

/// <summary>A cmdlet that restores backups. With -WhatIf it returns the plan.</summary>
public abstract class RestoreCommand : BackupCommand
{
    /// <summary>Where it is restored.</summary>
    [Parameter(Mandatory = true, Position = 1)]
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
        Report(result);
    }

    /// <summary>What came back incomplete must not pass for a success.</summary>
    private void Report(RestoreResult result)
    {
        var issues = Display.FirstOf(result.Issues.Select(i => $"{i.Path}: {i.Problem}"), result.IssueCount);
        if (result.LossCount > 0)
        {
            WriteError(
                new DrException(
                    DrError.IntegrityFailure,
                    $"{Display.Count(result.LossCount)} entries of {result.Backup.Id} could not be restored as they were: {issues}",
                    "Everything else is restored. Verify the other backups of this source, and restore these entries from one that passes."),
                result.Backup.Id);
        }
        else if (result.IssueCount > 0)
        {
            WriteWarning($"{Display.Count(result.IssueCount)} entries are not as they were: {issues}");
        }

        ReportFailed(result.Checks, result.Target, result.Backup);
    }

    /// <summary>A check that failed is an error.</summary>
    private protected void ReportFailed(IEnumerable<SourceCheck> checks, string target, BackupInfo backup)
    {
        foreach (var check in checks.Where(c => !c.Passed))
        {
            WriteError(
                new DrException(
                    DrError.RestoreMismatch,
                    $"The check '{check.Name}' of {target} failed: {check.Detail}",
                    "Do not use this copy. Restore an earlier backup that passes Test-DrBackupIntegrity -Level Restore."),
                backup.Id);
        }
    }
}
