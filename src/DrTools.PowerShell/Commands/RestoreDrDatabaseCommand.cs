using System.Management.Automation;
using DrTools.Backup;
using DrTools.Restore;

namespace DrTools.PowerShell.Commands;

/// <summary>Restores databases.</summary>
[Cmdlet(VerbsData.Restore, "DrDatabase", SupportsShouldProcess = true)]
[OutputType(typeof(RestoreResult), typeof(RestorePlan))]
public sealed class RestoreDrDatabaseCommand : RestoreCommand
{
    private protected override void Require(BackupInfo backup)
    {
        if (backup.Source.StartsWith("files:", StringComparison.Ordinal))
        {
            throw new DrException(DrError.BadUsage, $"{backup.Id} is a backup of files ({backup.Source}), not of a database.", "Use Restore-DrFile.");
        }
    }
}
