using System.Management.Automation;
using DrTools.Expiry;
using DrTools.PowerShell.Completion;
using DrTools.Retention;
using DrTools.Sources;

namespace DrTools.PowerShell.Commands;

/// <summary>Removes the backups that no rule keeps. With -WhatIf it returns the same decisions and removes nothing.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "DrRetention", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(DrRetentionDecision))]
public sealed class InvokeDrRetentionCommand : PipedRepositoryCommand
{
    /// <summary>Rules that say together what is kept, such as daily=30,weekly=12,monthly=84.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string[] Keep { get; set; } = [];

    /// <summary>Only backups of these sources.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string[] Source { get; set; } = [];

    /// <summary>Packs that no backup refers to are removed when they are older than this.</summary>
    [Parameter]
    public TimeSpan OrphanGrace { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Asks nothing.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var repository = OpenRepository();
        var policy = RetentionPolicy.Parse(Keep);
        string?[] sources = Source.Length == 0 ? [null] : [.. Source.Select(s => SourceRegistry.Parse(SessionPath.ResolveSource(SessionState, s)).Name)];
        foreach (var source in sources)
        {
            Apply(repository, new ExpiryOptions { Policy = policy, Source = source, OrphanGrace = OrphanGrace });
        }
    }

    private void Apply(DrRepository repository, ExpiryOptions options)
    {
        var engine = new ExpiryEngine(repository.Opened);
        var result = Await(stop => engine.RunAsync(options with { DryRun = true }, stop));
        var action = $"Remove {result.RemovedBackups} of {Display.Count(result.Plan.Decisions.Count, "backup")} and {Display.Count(result.RemovedPacks, "pack")} ({Display.Size(result.FreedBytes)})";
        if (Confirm(Force, repository.Location, action))
        {
            result = Await(stop => engine.RunAsync(options, stop));
            WriteVerbose($"Removed {Display.Count(result.RemovedBackups, "backup")} and {Display.Count(result.RemovedPacks, "pack")} ({Display.Size(result.FreedBytes)}) in {Display.Duration(result.Duration)}.");
        }
        else if (!IsWhatIf)
        {
            return;
        }

        WriteObject(result.Plan.Decisions.Select(d => new DrRetentionDecision(d)), enumerateCollection: true);
    }
}
