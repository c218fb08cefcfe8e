using System.Management.Automation;
using DrTools.PostgreSql.Recovery;
using DrTools.PowerShell.Completion;
using DrTools.Sources;

namespace DrTools.PowerShell.Commands;

/// <summary>Finds out what restoring a PostgreSQL cluster to a moment would do, and what stands in the way.</summary>
[Cmdlet(VerbsCommon.New, "DrRestorePlan")]
[OutputType(typeof(DrRestorePlan))]
public sealed class NewDrRestorePlanCommand : ClusterRestoreCommand
{
    /// <summary>The cluster.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string Source { get; set; } = string.Empty;

    /// <summary>The data directory to restore into.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = string.Empty;

    /// <summary>The backup to start from.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public BackupReference? Backup { get; set; }

    /// <summary>Lets data in the destination be replaced.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNull]
    public override RepositoryReference? Repository { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var options = Options(Destination, Backup?.Id, Force);
        var repository = OpenRepository();
        var source = SessionPath.SourceName(SessionState, Source);
        WriteObject(new DrRestorePlan(HandOut(repository), Await(stop => new DatabaseRestore(repository.Opened).PlanAsync(source, options, stop))));
    }
}
