using System.Management.Automation;
using DrTools.Backup;
using DrTools.PostgreSql.Probing;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using DrTools.PowerShell.Completion;

namespace DrTools.PowerShell.Commands;

/// <summary>Finds the last moment at which a probe held: the last good state before a bad write.</summary>
[Cmdlet(VerbsCommon.Find, "DrRestorePoint", DefaultParameterSetName = SourceSet)]
[OutputType(typeof(RestorePointResult))]
public sealed class FindDrRestorePointCommand : RepositoryCommand
{
    private const string SourceSet = "Source";
    private const string BackupSet = "Backup";

    /// <summary>A query that holds in a good state.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Probe { get; set; } = string.Empty;

    /// <summary>The database that is asked.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Database { get; set; } = string.Empty;

    /// <summary>The cluster.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SourceSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string? Source { get; set; }

    /// <summary>A backup that was complete before the bad write.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = BackupSet)]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public BackupReference? Backup { get; set; }

    /// <summary>Where the search begins, as a state that is known to be good.</summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(RestoreTimeCompleter))]
    public MomentReference? From { get; set; }

    /// <summary>Where it ends.</summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(RestoreTimeCompleter))]
    public MomentReference? To { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNull]
    public override RepositoryReference? Repository { get; set; }

    /// <summary>Where the scratch instance is made.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ScratchFolder { get; set; }

    /// <summary>Where the server's programs are looked for first.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ProgramFolder { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var options = new RestorePointOptions { Probe = Probe, Database = Database, From = From?.Resolve(), To = To?.Resolve() };
        var repository = Backup?.Backup is { } known && Repository is null ? known.Repository : OpenRepository();
        var backup = Find(repository, options.From);
        WriteVerbose($"Searching from {backup.Id} of {backup.Source}.");
        var progress = new ProgressDisplay<ProbeProgress>($"Searching from {backup.Id}", p => new WorkAmount(0, 0, p.Candidates == 0 ? p.Step : $"{p.Step}; among {Display.Count(p.Candidates)} commits"));
        var scratch = new ScratchOptions { Parent = ScratchFolder is null ? null : ResolvePath(ScratchFolder), Programs = ProgramFolder is null ? null : ResolvePath(ProgramFolder) };
        var result = Await(stop => new RestorePointSearch(repository.Opened).RunAsync(backup, options, scratch, progress, stop), progress);
        WriteObject(result);
        if (!result.Found)
        {
            WriteWarning("The probe held to the end: there is no bad write in the stretch that was searched.");
        }
    }

    private BackupInfo Find(DrRepository repository, DateTimeOffset? from) =>
        Backup?.Backup is { } known ? known.Info
        : Backup is not null ? Await(stop => new BackupCatalog(repository.Opened).FindAsync(Backup.Id, null, stop).AsTask())
        : Await(stop => RecoveryStart.FindFirstAsync(repository.Opened, Source!, from, stop));
}
