using System.CommandLine;
using DrTools.Backup;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Tables;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools restore-table</c>: brings back tables, or some of their rows, as they were at a moment.</summary>
internal sealed class RestoreTableCommand : RepositoryCommand
{
    private readonly Argument<string[]> _tables = new("table") { Description = "Tables, written schema.table.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string[]> _schemas = new("--schema") { Description = "Every table of this schema; may be repeated.", HelpName = "NAME" };
    private readonly Option<string?> _source = SourceOption.Create("The cluster; the backup that fits the moment is chosen.");
    private readonly Option<string?> _backup = new("--backup") { Description = $"The backup instead. {BackupArgument.Syntax}", HelpName = "BACKUP" };
    private readonly RecoveryTargetOptions _target = new();
    private readonly Option<string?> _database = new("--database") { Description = "The database that they are in; that of the target if not given.", HelpName = "NAME" };
    private readonly Option<string?> _into = new("--into") { Description = "The server and the database in it that takes them; the ones that they are from if not given.", HelpName = "ADDRESS" };
    private readonly Option<string?> _intoSchema = new("--into-schema") { Description = "The schema that takes them; it is made where it is missing.", HelpName = "NAME" };
    private readonly Option<string?> _as = new("--as") { Description = "A new name, for one table.", HelpName = "NAME" };
    private readonly Option<string?> _suffix = new("--suffix") { Description = "What the new names end in; _restored if not given, where their own are taken.", HelpName = "TEXT" };
    private readonly Option<string?> _file = new("--into-file") { Description = "A new file instead of a database: .sql, or .csv for one table.", HelpName = "FILE" };
    private readonly Option<string?> _where = new("--where") { Description = "Only rows for which this condition in SQL holds.", HelpName = "SQL" };
    private readonly Option<bool> _insertMissing = new("--insert-missing") { Description = "Put rows whose primary key is missing back into the live tables; rows that are there stay as they are." };
    private readonly Option<bool> _foreignKeys = new("--foreign-keys") { Description = "Make foreign keys to tables that are not brought back too, leading to the live ones." };
    private readonly Option<string?> _scratch = new("--scratch-dir") { Description = "Where the scratch instance is made; among the temporary files if not given.", HelpName = "DIR" };
    private readonly Option<string?> _programs = new("--pg-bin") { Description = "Where the server's programs are looked for first.", HelpName = "DIR" };

    public RestoreTableCommand()
        : base("restore-table", "Bring back tables of PostgreSQL, or some of their rows, as they were at a moment, beside the live ones.")
    {
        Arguments.Add(_tables);
        Options.Add(_schemas);
        Options.Add(_source);
        Options.Add(_backup);
        _target.AddTo(this);
        foreach (var option in new Option[] { _database, _into, _intoSchema, _as, _suffix, _file, _where, _insertMissing, _foreignKeys, _scratch, _programs })
        {
            Options.Add(option);
        }

        TakeServices("The service of the plan whose cluster it is; with --source where it has several sources. Its repository is the one that its backups are taken into, or --repo.");
    }

    protected override string? SourceName(CommandRun run) => run.GetSource(_source);

    protected override string WhenInterrupted => "In the target nothing was changed, and the scratch instance was removed.";

    protected override void Validate(CommandRun run)
    {
        if (run.Get(_tables)!.Length == 0 && run.Get(_schemas)!.Length == 0)
        {
            throw new DrException(DrError.BadUsage, "No table was named.", "Name tables (schema.table), or schemas with --schema.");
        }

        _ = _target.Read(run);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var target = _target.Read(run);
        var backup = await FindAsync(run, repository, target ?? RecoveryTarget.Latest).ConfigureAwait(false);
        TableRestoreResult result;
        using (var progress = run.Output.StartProgress(backup.Id))
        {
            result = await new TableRestore(repository).RunAsync(
                backup,
                target,
                Read(run, backup),
                new ScratchOptions { Parent = run.Get(_scratch), Programs = run.Get(_programs) },
                progress.Of<TableProgress>(p => new ProgressState(p.Bytes, 0, p.Table is null ? p.Step : $"{p.Step}: {p.Table}")),
                run.Cancellation).ConfigureAwait(false);
        }

        run.Output.Summary(TableRestoreDocument.Of(result), CliJson.Documents.TableRestoreDocument, text => TableRestoreLines.Write(text, run.Output.Palette, result));
        foreach (var note in result.Notes)
        {
            run.Output.Warn(note);
        }

        return ExitCode.Done;
    }

    private async Task<BackupInfo> FindAsync(CommandRun run, Repository repository, RecoveryTarget target)
    {
        var source = run.Selection?.OneSource().Source ?? run.GetSource(_source);
        return run.Get(_backup) is { } named
            ? await new BackupCatalog(repository).FindAsync(named, source, run.Cancellation).ConfigureAwait(false)
            : (await RecoveryStart.FindAsync(
                repository,
                source ?? throw new DrException(DrError.BadUsage, "Neither a source nor a backup was given.", "Give --source, --service, or --backup."),
                target,
                null,
                run.Cancellation).ConfigureAwait(false)).Backup;
    }

    private TableRestoreOptions Read(CommandRun run, BackupInfo backup) => new()
    {
        Tables = run.Get(_tables)!,
        Schemas = run.Get(_schemas)!,
        Database = run.Get(_database),
        Target = run.Get(_file) is null ? ServerAddress.ParseSource(run.Get(_into) ?? backup.Source) : null,
        File = run.Get(_file),
        Suffix = run.Get(_suffix),
        TargetSchema = run.Get(_intoSchema),
        NewName = run.Get(_as),
        Where = run.Get(_where),
        InsertMissing = run.Get(_insertMissing),
        ForeignKeys = run.Get(_foreignKeys),
    };
}
