using System.Management.Automation;
using DrTools.Backup;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Logical;
using DrTools.PostgreSql.Recovery;
using DrTools.PowerShell.Completion;
using DrTools.Restore;

namespace DrTools.PowerShell.Commands;

/// <summary>Restores databases.</summary>
[Cmdlet(VerbsData.Restore, "DrDatabase", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium, DefaultParameterSetName = BackupSet)]
[OutputType(typeof(RestoreResult), typeof(RestorePlan), typeof(LogicalRestoreResult), typeof(DatabaseRestoreResult), typeof(DrRestorePlan))]
public sealed class RestoreDrDatabaseCommand : ClusterRestoreCommand
{
    private const string BackupSet = "Backup";
    private const string SourceSet = "Source";
    private const string PlanSet = "Plan";

    /// <summary>The backup.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = BackupSet)]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public BackupReference? Backup { get; set; }

    /// <summary>The cluster; the backup that leads to the target is chosen.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SourceSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string? Source { get; set; }

    /// <summary>A plan of New-DrRestorePlan.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = PlanSet)]
    [ValidateNotNull]
    public DrRestorePlan? RestorePlan { get; set; }

    /// <summary>Where it is restored.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = BackupSet)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = SourceSet)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = string.Empty;

    /// <summary>Lets data in the destination be replaced, without asking.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Leaves out the source's own checks of what was restored.</summary>
    [Parameter]
    public SwitchParameter SkipCheck { get; set; }

    /// <summary>PostgreSQL, logical: which database of the backup, where it holds several.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Database { get; set; }

    /// <summary>PostgreSQL, logical: what is done about roles that the backup names.</summary>
    [Parameter]
    public RoleHandling Role { get; set; } = RoleHandling.Require;

    /// <summary>The user and password to connect to the destination with.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNull]
    public override RepositoryReference? Repository { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (RestorePlan is not null)
        {
            RestoreCluster(RestorePlan);
            return;
        }

        var repository = Backup?.Backup is { } known && Repository is null ? known.Repository : OpenRepository();
        if (Source is not null)
        {
            RestoreCluster(PlanCluster(repository, SessionPath.SourceName(SessionState, Source), null));
            return;
        }

        var backup = Backup!.Backup?.Info ?? Await(stop => new BackupCatalog(repository.Opened).FindAsync(Backup.Id, null, stop).AsTask());
        if (backup.Source.StartsWith("files:", StringComparison.Ordinal))
        {
            throw new DrException(DrError.BadUsage, $"{backup.Id} is a backup of files ({backup.Source}), not of a database.", "Use Restore-DrFile.");
        }

        if (LogicalRestore.IsLogical(backup))
        {
            RestoreLogical(repository, backup);
        }
        else if (PhysicalBackup.TryFrom(backup) is not null)
        {
            RestoreCluster(PlanCluster(repository, backup.Source, backup.Id));
        }
        else
        {
            RestoreFiles(repository, backup);
        }
    }

    private DrRestorePlan PlanCluster(DrRepository repository, string source, string? backupId)
    {
        var options = Options(Destination, backupId, Force);
        return new DrRestorePlan(HandOut(repository), Await(stop => new DatabaseRestore(repository.Opened).PlanAsync(source, options, stop)));
    }

    private void RestoreCluster(DrRestorePlan plan)
    {
        var action = $"Restore {plan.Source} to {plan.Target} from {plan.BackupId}{(plan.Replaces ? ", replacing what is there" : string.Empty)}";
        if (!Confirm(Force, plan.Destination, action))
        {
            if (IsWhatIf)
            {
                WriteObject(plan);
            }

            return;
        }

        var progress = new ProgressDisplay<DatabaseRestoreProgress>($"Restoring {plan.Source}", Measure);
        var result = Await(stop => new DatabaseRestore(plan.Repository.Opened).RestoreAsync(plan.Plan, progress, stop), progress);
        WriteObject(result);
        foreach (var note in result.Notes)
        {
            WriteWarning(note);
        }

        RestoreReport.Write(this, result.Files);
    }

    private static WorkAmount Measure(DatabaseRestoreProgress progress) => progress switch
    {
        { Phase: DatabaseRestorePhase.Restoring, Files: { } files } => new WorkAmount(files.Bytes, files.TotalBytes, files.CurrentPath),
        { Phase: DatabaseRestorePhase.Recovering, Recovery: { } recovery } => new WorkAmount(0, 0, $"recovering, at {recovery.Position}"),
        _ => new WorkAmount(0, 0, progress.Phase.ToString()),
    };

    private void RestoreFiles(DrRepository repository, BackupInfo backup)
    {
        if (GivenTarget() is not null)
        {
            throw new DrException(DrError.BadUsage, $"{backup.Id} of {backup.Source} has no log to be recovered with: it shows only the moment at which it was taken.", "Leave the target out.");
        }

        var target = ResolvePath(Destination);
        var options = new RestoreOptions { Force = Force, Parallelism = Parallelism, Check = !SkipCheck };
        var engine = new RestoreEngine(repository.Opened);
        if (!Confirm(Force, target, $"Restore {backup.Id} of {backup.Source}"))
        {
            if (IsWhatIf)
            {
                WriteObject(Await(stop => engine.PlanAsync(backup, target, options, stop)));
            }

            return;
        }

        var progress = new ProgressDisplay<RestoreProgress>($"Restoring {backup.Id} of {backup.Source}", p => new WorkAmount(p.Bytes, p.TotalBytes, p.CurrentPath));
        var result = Await(stop => engine.RestoreAsync(backup, target, options, progress, stop), progress);
        WriteObject(result);
        RestoreReport.Write(this, result);
    }

    private void RestoreLogical(DrRepository repository, BackupInfo backup)
    {
        if (GivenTarget() is not null)
        {
            throw new DrException(DrError.BadUsage, $"{backup.Id} is a logical backup, which shows only the moment at which it was taken.", "Leave the target out, or name the cluster with -Source.");
        }

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

        RestoreReport.WriteFailed(this, result.Checks, result.Target, backup);
    }
}
