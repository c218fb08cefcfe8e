using System.Management.Automation;
using DrTools.Backup;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Tables;
using DrTools.PowerShell.Completion;

namespace DrTools.PowerShell.Commands;

/// <summary>Brings back tables, or some of their rows, as they were at a moment.</summary>
[Cmdlet(VerbsData.Restore, "DrTable", SupportsShouldProcess = true, DefaultParameterSetName = SourceSet)]
[OutputType(typeof(TableRestoreResult))]
public sealed class RestoreDrTableCommand : RecoveryTargetCommand
{
    private const string SourceSet = "Source";
    private const string BackupSet = "Backup";

    /// <summary>The tables, written schema.table.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string[] Table { get; set; } = [];

    /// <summary>Schemas of which every table is brought back.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Schema { get; set; } = [];

    /// <summary>The cluster; the backup that fits the moment is chosen.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SourceSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string? Source { get; set; }

    /// <summary>The backup.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = BackupSet)]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(BackupCompleter))]
    public BackupReference? Backup { get; set; }

    /// <summary>The database that they are in.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Database { get; set; }

    /// <summary>The server, and the database in it, that takes them; the one that they are from, if not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string? Into { get; set; }

    /// <summary>The schema that takes them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? IntoSchema { get; set; }

    /// <summary>A new name, where it is one table.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? As { get; set; }

    /// <summary>What the new names end in.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Suffix { get; set; }

    /// <summary>A file instead of a database.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? IntoFile { get; set; }

    /// <summary>A condition in SQL: only rows for which it holds.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Where { get; set; }

    /// <summary>Puts rows whose primary key is missing back into the live tables.</summary>
    [Parameter]
    public SwitchParameter InsertMissing { get; set; }

    /// <summary>Makes foreign keys to tables that are not brought back too.</summary>
    [Parameter]
    public SwitchParameter ForeignKey { get; set; }

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

    /// <summary>The user and password to connect to the target with.</summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var target = GivenTarget();
        var repository = Backup?.Backup is { } known && Repository is null ? known.Repository : OpenRepository();
        var backup = Find(repository, target ?? RecoveryTarget.Latest);
        var options = Options(backup);
        var what = string.Join(", ", Table.Concat(Schema.Select(s => s + ".*")));
        var where = options.File ?? options.Target!.SourceName;
        if (!ShouldProcess(where, $"Restore {what} as of {target?.ToString() ?? "the backup"} from {backup.Id} of {backup.Source}{(InsertMissing ? ", rows that are missing into the live tables" : string.Empty)}"))
        {
            return;
        }

        var progress = new ProgressDisplay<TableProgress>($"Restoring {what}", p => new WorkAmount(p.Bytes, 0, p.Table is null ? p.Step : $"{p.Step}: {p.Table}"));
        var scratch = new ScratchOptions { Parent = Resolved(ScratchFolder), Programs = Resolved(ProgramFolder) };
        var result = Await(stop => new TableRestore(repository.Opened).RunAsync(backup, target, options, scratch, progress, stop), progress);
        WriteObject(result);
        foreach (var note in result.Notes.Concat(result.Tables.SelectMany(t => t.LeftOut.Select(l => $"{t.Table}: {l.What}: {l.Why}"))))
        {
            WriteWarning(note);
        }
    }

    private BackupInfo Find(DrRepository repository, RecoveryTarget target) =>
        Backup?.Backup is { } known ? known.Info
        : Backup is not null ? Await(stop => new BackupCatalog(repository.Opened).FindAsync(Backup.Id, null, stop).AsTask())
        : Await(stop => RecoveryStart.FindAsync(repository.Opened, Source!, target, null, stop)).Backup;

    private TableRestoreOptions Options(BackupInfo backup)
    {
        var file = Resolved(IntoFile);
        var into = file is null ? ServerAddress.ParseSource(Into ?? backup.Source) : null;
        return new TableRestoreOptions
        {
            Tables = Table,
            Schemas = Schema,
            Database = Database,
            Target = into is null ? null : into with { User = Credential?.UserName ?? into.User },
            File = file,
            Suffix = Suffix,
            TargetSchema = IntoSchema,
            NewName = As,
            Where = Where,
            InsertMissing = InsertMissing,
            ForeignKeys = ForeignKey,
            Password = Credential?.GetNetworkCredential().Password,
        };
    }

    private string? Resolved(string? path) => path is null ? null : ResolvePath(path);
}
