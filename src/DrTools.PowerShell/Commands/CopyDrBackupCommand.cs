using System.Management.Automation;
using System.Security;
using DrTools.Backup;
using DrTools.Copies;
using DrTools.PowerShell.Completion;

namespace DrTools.PowerShell.Commands;

/// <summary>Copies backups, and the logs that recovery from them reads, into another repository.</summary>
[Cmdlet(VerbsCommon.Copy, "DrBackup", SupportsShouldProcess = true, DefaultParameterSetName = PolicySet)]
[OutputType(typeof(CopyResult))]
public sealed class CopyDrBackupCommand : RepositoryCommand
{
    private const string PolicySet = "Policy";
    private const string BackupSet = "Backup";

    private readonly Dictionary<DrRepository, List<string>> _named = [];

    /// <summary>The backups to copy; every one when none is named.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = BackupSet)]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public BackupReference? Backup { get; set; }

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNull]
    public override RepositoryReference? Repository { get; set; }

    /// <summary>The repository to copy to.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNull]
    public RepositoryReference? TargetRepository { get; set; }

    /// <summary>The passphrase that opens it, where it is another one.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? TargetPassphrase { get; set; }

    /// <summary>The key file that opens it, where it is another one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TargetKeyFile { get; set; }

    /// <summary>Only backups of these sources.</summary>
    [Parameter(ParameterSetName = PolicySet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string[] Source { get; set; } = [];

    /// <summary>Only the newest backup of each source.</summary>
    [Parameter(ParameterSetName = PolicySet)]
    public SwitchParameter Latest { get; set; }

    /// <summary>Only the newest full backup of each source.</summary>
    [Parameter(ParameterSetName = PolicySet)]
    public SwitchParameter LatestFull { get; set; }

    /// <summary>Only backups started at most so long ago.</summary>
    [Parameter(ParameterSetName = PolicySet)]
    public TimeSpan? NewerThan { get; set; }

    /// <summary>Copies once more what the target's retention removed.</summary>
    [Parameter(ParameterSetName = PolicySet)]
    public SwitchParameter IncludeRemoved { get; set; }

    /// <summary>Which logs of database servers are copied too.</summary>
    [Parameter]
    public CopyLogs Logs { get; set; } = CopyLogs.Needed;

    /// <summary>Number of packs and logs copied at once; 0 for one per processor, at most 8.</summary>
    [Parameter]
    [ValidateRange(0, 32)]
    public int Parallelism { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (Latest && LatestFull)
        {
            throw new DrException(DrError.BadUsage, "-Latest and -LatestFull exclude each other.", "Give one of them.");
        }

        if (Backup is null)
        {
            return;
        }

        if (Backup.Backup is { } known && Repository is null)
        {
            Name(known.Repository, known.Id);
            return;
        }

        var repository = OpenRepository();
        Name(repository, Await(stop => new BackupCatalog(repository.Opened).FindAsync(Backup.Id, null, stop).AsTask()).Id);
    }

    /// <summary>What came through the pipeline is copied at once: what backups have in common is then looked at once.</summary>
    protected override void EndProcessing()
    {
        try
        {
            var target = OpenOther(TargetRepository!, TargetPassphrase, TargetKeyFile);
            if (ParameterSetName == BackupSet)
            {
                foreach (var (repository, ids) in _named)
                {
                    Copy(repository, target, new CopyOptions { BackupIds = ids });
                }

                return;
            }

            string?[] sources = Source.Length == 0 ? [null] : [.. Source.Select(s => SessionPath.SourceName(SessionState, s))];
            foreach (var source in sources)
            {
                Copy(OpenRepository(), target, new CopyOptions
                {
                    Policy = Latest ? CopyPolicy.Latest : LatestFull ? CopyPolicy.LatestFull : CopyPolicy.All,
                    Source = source,
                    NewerThan = NewerThan,
                    IncludeRemoved = IncludeRemoved,
                });
            }
        }
        catch (DrException e)
        {
            WriteError(e);
        }
    }

    private void Name(DrRepository repository, string id)
    {
        if (!_named.TryGetValue(repository, out var ids))
        {
            _named.Add(repository, ids = []);
        }

        ids.Add(id);
    }

    private void Copy(DrRepository repository, DrRepository target, CopyOptions options)
    {
        options = options with { Logs = Logs, Parallelism = Parallelism };
        var engine = new CopyEngine(repository.Opened, target.Opened);
        if (IsWhatIf)
        {
            var plan = Await(stop => engine.RunAsync(options with { DryRun = true }, null, stop));
            _ = ShouldProcess(target.Location, $"Copy {Display.Count(plan.Backups.Count(b => b.Outcome == CopyOutcome.ToCopy), "backup")} and {Display.Count(plan.Logs.Copied, "log")} from {repository} ({Display.Size(plan.StoredBytes)})");
            WriteObject(plan);
            return;
        }

        if (!ShouldProcess(target.Location, $"Copy backups from {repository}"))
        {
            return;
        }

        var progress = new ProgressDisplay<CopyProgress>($"Copying to {target}", p => new WorkAmount(p.Bytes, p.TotalBytes, p.CurrentObject));
        var result = Await(stop => engine.RunAsync(options, progress, stop), progress);
        foreach (var note in result.Notes)
        {
            WriteWarning(note);
        }

        WriteObject(result);
        foreach (var error in result.Errors)
        {
            WriteError(error);
        }
    }
}
