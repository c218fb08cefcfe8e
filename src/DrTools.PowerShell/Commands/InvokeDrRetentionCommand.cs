using System.Management.Automation;
using DrTools.Expiry;
using DrTools.PowerShell.Completion;
using DrTools.Retention;

namespace DrTools.PowerShell.Commands;

/// <summary>Removes the backups that no rule keeps, and the logs that none of the others needs. With -WhatIf it returns the same
/// decisions and removes nothing.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "DrRetention", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = KeepSet)]
[OutputType(typeof(DrRetentionDecision), typeof(LogSeriesExpiry))]
public sealed class InvokeDrRetentionCommand : PipedRepositoryCommand
{
    private const string KeepSet = "Keep";
    private const string ServiceSet = "Service";

    /// <summary>Rules that say together what is kept, such as daily=30,weekly=12,monthly=84.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = KeepSet)]
    [ValidateNotNullOrEmpty]
    public string[] Keep { get; set; } = [];

    /// <summary>Only backups of these sources.</summary>
    [Parameter(ParameterSetName = KeepSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string[] Source { get; set; } = [];

    /// <summary>How far back every moment is to stay restorable from logs; as far as the oldest backup if not given.</summary>
    [Parameter(ParameterSetName = KeepSet)]
    public TimeSpan? LogWindow { get; set; }

    /// <summary>Packs that no backup refers to are removed when they are older than this.</summary>
    [Parameter(ParameterSetName = KeepSet)]
    public TimeSpan OrphanGrace { get; set; } = TimeSpan.FromHours(24);

    /// <summary>A service of the plan, whose retention is applied in the repository that its backups are taken into, or in the one that
    /// is named.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ServiceSet)]
    [ValidateNotNullOrEmpty]
    public string? Service { get; set; }

    /// <summary>The plan that has the service; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter(ParameterSetName = ServiceSet)]
    [ValidateNotNull]
    public PlanReference? Plan { get; set; }

    /// <summary>Asks nothing.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (Service is not null)
        {
            var (selection, opened) = OpenService(Plan, Service, Repository);
            var retentions = selection.Retentions();
            Apply(opened, (dryRun, stop) => new ExpiryEngine(opened.Opened).RunAsync(retentions, dryRun, stop), isLast: true);
            return;
        }

        var repository = OpenRepository();
        var policy = RetentionPolicy.Parse(Keep);
        if (LogWindow < TimeSpan.Zero)
        {
            throw new DrException(DrError.BadUsage, $"-LogWindow {LogWindow} is no stretch of time.", "Give a time span that is not negative: -LogWindow 7.00:00 for seven days.");
        }

        string?[] sources = Source.Length == 0 ? [null] : [.. Source.Select(s => SessionPath.SourceName(SessionState, s))];
        for (var i = 0; i < sources.Length; i++)
        {
            var options = new ExpiryOptions { Policy = policy, Source = sources[i], OrphanGrace = OrphanGrace, LogWindow = LogWindow };
            Apply(repository, (dryRun, stop) => new ExpiryEngine(repository.Opened).RunAsync(options with { DryRun = dryRun }, stop), isLast: i == sources.Length - 1);
        }
    }

    private void Apply(DrRepository repository, Func<bool, CancellationToken, Task<ExpiryResult>> run, bool isLast)
    {
        var result = Await(stop => run(true, stop));
        var action = $"Remove {result.RemovedBackups} of {Display.Count(result.Plan.Decisions.Count, "backup")}, {Display.Count(result.RemovedPacks, "pack")} ({Display.Size(result.FreedBytes)}) and {Display.Count(result.RemovedLogs, "log")} ({Display.Size(result.FreedLogBytes)})";
        if (Confirm(Force, repository.Location, action))
        {
            result = Await(stop => run(false, stop));
            WriteVerbose($"Removed {Display.Count(result.RemovedBackups, "backup")}, {Display.Count(result.RemovedPacks, "pack")} ({Display.Size(result.FreedBytes)}) and {Display.Count(result.RemovedLogs, "log")} ({Display.Size(result.FreedLogBytes)}) in {Display.Duration(result.Duration)}.");
        }
        else if (!IsWhatIf)
        {
            return;
        }

        WriteObject(result.Plan.Decisions.Select(d => new DrRetentionDecision(d)), enumerateCollection: true);

        // Logs are those of all sources, so that each pass looks at the same ones.
        WriteObject(result.Logs.Where(l => isLast || l.Removed > 0), enumerateCollection: true);
    }
}
