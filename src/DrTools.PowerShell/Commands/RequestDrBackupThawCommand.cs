using System.Management.Automation;
using DrTools.Backup;
using DrTools.Stores;
using DrTools.Thawing;

namespace DrTools.PowerShell.Commands;

/// <summary>Asks for what of a backup lies in an archive class.</summary>
[Cmdlet(VerbsLifecycle.Request, "DrBackupThaw", SupportsShouldProcess = true)]
[OutputType(typeof(ThawResult))]
public sealed class RequestDrBackupThawCommand : BackupCommand
{
    /// <summary>How fast, and at what price.</summary>
    [Parameter]
    public ThawTier Tier { get; set; } = ThawTier.Standard;

    /// <summary>How many days what is thawed stays readable.</summary>
    [Parameter]
    [ValidateRange(1, 365)]
    public int Days { get; set; } = 7;

    private protected override void ProcessBackup(DrRepository repository, BackupInfo backup)
    {
        var engine = new ThawEngine(repository.Opened);
        var plan = Await(stop => engine.PlanAsync(backup, stop));
        if (plan.Archived > 0 && ShouldProcess($"{backup.Id} ({backup.Source})", $"Ask for {Display.Count(plan.Archived, "archived pack")} ({Display.Size(plan.PendingBytes)}), {Tier}"))
        {
            plan = Await(stop => engine.RequestAsync(backup, Tier, Days, stop));
        }

        WriteObject(plan);
    }
}
