using System.Management.Automation;
using DrTools.Backup;
using DrTools.Plans;
using DrTools.PostgreSql;
using DrTools.Sources;

namespace DrTools.PowerShell.Commands;

/// <summary>A cmdlet that takes a backup of each source. Where it goes is the cmdlet's own.</summary>
public abstract class TakeBackupCommand : SourceCommand
{
    /// <summary>Why it is taken; kept with it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Reason { get; set; }

    /// <summary>Patterns of what is left out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Exclude { get; set; } = [];

    /// <summary>Leaves out other file systems that are mounted below the source.</summary>
    [Parameter]
    public SwitchParameter OneFileSystem { get; set; }

    /// <summary>The host to file it under, when it is not this one's name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string HostName { get; set; } = Environment.MachineName;

    /// <summary>Zstandard level, 1 to 19.</summary>
    [Parameter]
    [ValidateRange(1, 19)]
    public int CompressionLevel { get; set; } = 3;

    /// <summary>Number of files read and frames compressed at once; 0 for one per processor, at most 8.</summary>
    [Parameter]
    [ValidateRange(0, 32)]
    public int Parallelism { get; set; }

    /// <summary>PostgreSQL, logical: does not count the rows of each table.</summary>
    [Parameter]
    public SwitchParameter SkipRowCount { get; set; }

    /// <summary>What these parameters say of the backup.</summary>
    private protected BackupOptions Options => new()
    {
        Reason = Reason,
        Host = HostName,
        CompressionLevel = CompressionLevel,
        Parallelism = Parallelism,
        Exclude = Exclude,
    };

    /// <summary>The source that a text names, with what these parameters say of it.</summary>
    /// <exception cref="DrException"><see cref="DrError.SourceUnknown"/> or <see cref="DrError.BadUsage"/>.</exception>
    private protected ISource Parse(string text) =>
        Parse(text, new SourceOptions { Exclude = Exclude, OneFileSystem = OneFileSystem }, PostgreSql with { CountRows = !SkipRowCount });

    /// <summary>A source of a plan, and how its backup is taken, with what these parameters say besides.</summary>
    /// <exception cref="DrException"><see cref="DrError.SourceUnknown"/> or <see cref="DrError.BadUsage"/>.</exception>
    private protected (ISource Source, BackupOptions Options) Parse(PlannedSource planned)
    {
        string[] exclude = [.. planned.Exclude, .. Exclude];
        var options = new SourceOptions { Exclude = exclude, OneFileSystem = planned.OneFileSystem || OneFileSystem };
        return (Parse(planned.Address, options, PostgreSql with { CountRows = !SkipRowCount }), Options with { Host = planned.Host ?? HostName, Exclude = exclude });
    }

    /// <summary>The sources of the services that are named.</summary>
    /// <exception cref="DrException">The plan makes no sense, or has no such service.</exception>
    private protected IReadOnlyList<(RecoveryPlan Plan, PlannedSource Source)> PlannedSources()
    {
        if (Service.Length == 0)
        {
            return [];
        }

        var plan = PlanAccess.Read(this, Plan).Require();
        return [.. Service.SelectMany(s => PlannedSelection.SourcesOf(plan, plan.Service(s))).Select(s => (plan, s))];
    }

    /// <summary>The bar for a backup of a source.</summary>
    private protected static ProgressDisplay<BackupProgress> Progress(ISource source) =>
        new($"Backing up {source.Name}", p => new WorkAmount(p.ReadBytes, p.ExpectedBytes, p.CurrentPath));

    /// <summary>Tells what somebody should look at.</summary>
    private protected void Tell(BackupInfo backup, IReadOnlyList<EntryIssue> issues, IReadOnlyList<string> notes)
    {
        foreach (var note in notes)
        {
            WriteVerbose(note);
        }

        foreach (var warning in BackupWarnings.Of(backup, issues))
        {
            WriteWarning(warning);
        }
    }
}
