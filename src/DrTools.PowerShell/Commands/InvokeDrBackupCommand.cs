using System.Management.Automation;
using DrTools.Backup;
using DrTools.PostgreSql;
using DrTools.PowerShell.Completion;
using DrTools.Sources;

namespace DrTools.PowerShell.Commands;

/// <summary>Takes backups.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "DrBackup", SupportsShouldProcess = true)]
[OutputType(typeof(DrBackup))]
public sealed class InvokeDrBackupCommand : RepositoryCommand
{
    /// <summary>What to back up, such as files:/etc, sqlite:./shop.db or postgresql://db1:5432/shop.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string[] Source { get; set; } = [];

    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNull]
    public override RepositoryReference? Repository { get; set; }

    /// <summary>What it builds on; without a full backup to build on, a full one is taken.</summary>
    [Parameter]
    public BackupType Type { get; set; } = BackupType.Incremental;

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

    /// <summary>PostgreSQL: the files of the cluster, or what pg_dump writes.</summary>
    [Parameter]
    public BackupMethod Method { get; set; } = BackupMethod.Default;

    /// <summary>PostgreSQL, logical: only these schemas.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Schema { get; set; } = [];

    /// <summary>PostgreSQL, logical: only these tables.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Table { get; set; } = [];

    /// <summary>PostgreSQL, physical: stores the WAL that makes a restored copy consistent with the backup.</summary>
    [Parameter]
    public SwitchParameter IncludeLog { get; set; }

    /// <summary>PostgreSQL, physical: where the data directory is, if not where the server says.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DataDirectory { get; set; }

    /// <summary>PostgreSQL, logical: where pg_dump is looked for first.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ProgramFolder { get; set; }

    /// <summary>PostgreSQL, logical: does not count the rows of each table.</summary>
    [Parameter]
    public SwitchParameter SkipRowCount { get; set; }

    /// <summary>The user and password to connect with; otherwise the address, and password or service files, serve.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var repository = OpenRepository();
        foreach (var text in Source)
        {
            try
            {
                Take(repository, text);
            }
            catch (DrException e)
            {
                WriteError(e, text);
            }
        }
    }

    private void Take(DrRepository repository, string text)
    {
        var source = SourceRegistry.Parse(
            SessionPath.ResolveSource(SessionState, text),
            new SourceOptions { Exclude = Exclude, OneFileSystem = OneFileSystem, Provider = PostgreSql() });
        if (!ShouldProcess($"Take a backup ({Type}) of {source.Name} into {repository}{LastOne(repository, source)}", $"Back up {source.Name} into {repository}?", "Backup", out _))
        {
            return;
        }

        WriteVerbose($"Backing up {source.Name} into {repository}.");
        var options = new BackupOptions
        {
            Type = Type,
            Reason = Reason,
            Host = HostName,
            CompressionLevel = CompressionLevel,
            Parallelism = Parallelism,
            Exclude = Exclude,
        };
        var progress = new ProgressDisplay<BackupProgress>($"Backing up {source.Name}", p => new WorkAmount(p.ReadBytes, p.ExpectedBytes, p.CurrentPath));
        var result = Await(stop => new BackupEngine(repository.Opened).RunAsync(source, options, progress, stop), progress);
        foreach (var note in result.Notes)
        {
            WriteVerbose(note);
        }

        if (result.Backup.IsPartial)
        {
            WriteWarning($"The backup {result.Backup.Id} of {source.Name} is partial: {Display.FirstOf(result.Issues.Where(i => i.IsLoss).Select(i => $"{i.Path}: {i.Problem}"), result.Backup.IssueCount)}");
        }

        WriteObject(HandOut(repository, result.Backup));
    }

    private PostgreSqlOptions PostgreSql() => new()
    {
        Method = Method,
        Schemas = Schema,
        Tables = Table,
        IncludeWal = IncludeLog,
        DataDirectory = DataDirectory is null ? null : ResolvePath(DataDirectory),
        ProgramFolder = ProgramFolder is null ? null : ResolvePath(ProgramFolder),
        CountRows = !SkipRowCount,
        User = Credential?.UserName,
        Password = Credential?.GetNetworkCredential().Password,
    };

    /// <summary>What would be read is known only from the backup before; asked for only when nothing is changed.</summary>
    private string LastOne(DrRepository repository, ISource source)
    {
        if (!IsWhatIf)
        {
            return string.Empty;
        }

        var backups = Await(stop => new BackupCatalog(repository.Opened).ListAsync(new BackupFilter { Source = source.Name, Host = HostName, Latest = true }, stop, _ => { }).AsTask());
        return backups is [var last]
            ? $": the last one, {last.Id}, holds {Display.Count(last.Files, "file")} and {Display.Size(last.SourceBytes)}, and took {Display.Duration(last.Duration)}"
            : ": the first one, so everything would be read";
    }
}
