using System.Management.Automation;
using DrTools.Backup;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Logical;
using DrTools.Restore;

namespace DrTools.PowerShell.Commands;

/// <summary>Restores databases.</summary>
[Cmdlet(VerbsData.Restore, "DrDatabase", SupportsShouldProcess = true)]
[OutputType(typeof(RestoreResult), typeof(RestorePlan), typeof(LogicalRestoreResult))]
public sealed class RestoreDrDatabaseCommand : RestoreCommand
{
    /// <summary>PostgreSQL, logical: which database of the backup, where it holds several.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Database { get; set; }

    /// <summary>PostgreSQL, logical: what is done about roles that the backup names.</summary>
    [Parameter]
    public RoleHandling Role { get; set; } = RoleHandling.Require;

    /// <summary>PostgreSQL, logical: where pg_restore is looked for first.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ProgramFolder { get; set; }

    /// <summary>The user and password to connect to the destination with.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    private protected override void Require(BackupInfo backup)
    {
        if (backup.Source.StartsWith("files:", StringComparison.Ordinal))
        {
            throw new DrException(DrError.BadUsage, $"{backup.Id} is a backup of files ({backup.Source}), not of a database.", "Use Restore-DrFile.");
        }
    }

    private protected override void ProcessBackup(DrRepository repository, BackupInfo backup)
    {
        if (LogicalRestore.IsLogical(backup))
        {
            RestoreLogical(repository, backup);
        }
        else
        {
            base.ProcessBackup(repository, backup);
        }
    }

    private void RestoreLogical(DrRepository repository, BackupInfo backup)
    {
        var target = LogicalRestore.ParseTarget(Destination);
        if (!ShouldProcess($"{target}{(target.Database is null ? ", a database of the name that it had" : string.Empty)}", $"Restore {backup.Id} of {backup.Source}"))
        {
            return;
        }

        var options = new LogicalRestoreOptions
        {
            Target = target with { User = Credential?.UserName ?? target.User },
            Database = Database,
            Roles = Role,
            Jobs = Parallelism,
            Check = !SkipCheck,
            Password = Credential?.GetNetworkCredential().Password,
            ProgramFolder = ProgramFolder is null ? null : ResolvePath(ProgramFolder),
        };
        WriteVerbose($"Restoring {backup.Id} of {backup.Source} into {target}.");
        var progress = new ProgressDisplay<RestoreProgress>($"Restoring {backup.Id} of {backup.Source}", p => new WorkAmount(p.Bytes, p.TotalBytes, p.CurrentPath));
        var result = Await(stop => new LogicalRestore(repository.Opened).RunAsync(backup, options, progress, stop), progress);
        WriteObject(result);
        foreach (var note in result.Notes)
        {
            WriteWarning(note);
        }

        ReportFailed(result.Checks, result.Target, backup);
    }
}
