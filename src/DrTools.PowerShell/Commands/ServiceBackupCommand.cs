using System.Management.Automation;
using DrTools.Backup;
using DrTools.Plans;

namespace DrTools.PowerShell.Commands;

/// <summary>A cmdlet about backups that also takes a service of a plan: the newest backup of each of its sources.</summary>
public abstract class ServiceBackupCommand : BackupCommand
{
    private protected const string ServiceSet = "Service";

    /// <summary>The service of the plan. Only by name: a text in the first place is a backup.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ServiceSet)]
    [ValidateNotNullOrEmpty]
    public string? Service { get; set; }

    /// <summary>The plan that has the service; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter(ParameterSetName = ServiceSet)]
    [ValidateNotNull]
    public PlanReference? Plan { get; set; }

    /// <summary>Whether the cmdlet can handle one backup only.</summary>
    private protected virtual bool TakesOne => false;

    /// <inheritdoc/>
    protected sealed override void ProcessItem()
    {
        if (Service is null)
        {
            base.ProcessItem();
            return;
        }

        var (selection, repository) = OpenService(Plan, Service, Repository);
        if (TakesOne && selection.Sources.Count > 1)
        {
            throw new DrException(
                DrError.BadUsage,
                $"The service {selection.Service.Name} has {selection.Sources.Count} sources: {string.Join(", ", selection.Sources.Select(s => s.Source))}.",
                $"Choose one: Get-DrBackup -Service {selection.Service.Name} -Source … -Latest | {MyInvocation.MyCommand.Name} …");
        }

        var newest = Await(stop => new BackupCatalog(repository.Opened).ListAsync(new BackupFilter { Latest = true }, stop, _ => { }).AsTask()).Where(selection.Holds).ToList();
        foreach (var source in selection.Sources)
        {
            if (newest.Find(b => b.Source == source.Source) is { } backup)
            {
                Process(repository, backup);
            }
            else
            {
                WriteError(new DrException(DrError.BackupMissing, $"There is no backup of {source.Source}, a source of {selection.Service.Name}, in {repository.Location}.", $"Take one: Invoke-DrBackup -Service {selection.Service.Name}."), source.Source);
            }
        }
    }
}
