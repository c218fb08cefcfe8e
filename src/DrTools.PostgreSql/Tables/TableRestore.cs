using DrTools.Backup;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Logical;
using DrTools.PostgreSql.Moments;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using Npgsql;

namespace DrTools.PostgreSql.Tables;

/// <summary>
/// Brings back tables, or some of their rows, as they were at a moment: from a physical backup and the log after it, or from
/// a logical backup. They come beside the live ones, into another schema or database, or into a file; a live table is never
/// overwritten.
/// </summary>
public sealed class TableRestore(Repository repository, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Brings tables back.</summary>
    /// <param name="backup">A backup that was complete before the moment.</param>
    /// <param name="moment">The moment, for a physical backup; a logical one shows only its own.</param>
    /// <param name="options">Which tables, and where to.</param>
    /// <param name="scratch">How the scratch server is run.</param>
    /// <param name="progress">Takes what is being done.</param>
    /// <param name="cancellationToken">Stops it; nothing has been changed then.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>, <see cref="DrError.TargetNotEmpty"/> when a name is taken,
    /// <see cref="DrError.TargetUnreachable"/>, <see cref="DrError.RecoveryFailed"/>, <see cref="DrError.TargetFailure"/>. In
    /// the target nothing has been changed then.</exception>
    public async Task<TableRestoreResult> RunAsync(
        BackupInfo backup, RecoveryTarget? moment, TableRestoreOptions options, ScratchOptions scratch, IProgress<TableProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(backup);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(scratch);
        var started = _time.GetUtcNow();
        var run = new RunRecord
        {
            Operation = "restore",
            Outcome = RunOutcome.Failed,
            Started = started,
            Finished = started,
            BackupId = backup.Id,
            Source = backup.Source,
            Mode = options.InsertMissing ? "rows" : "tables",
            Detail = $"{string.Join(", ", options.Tables.Concat(options.Schemas.Select(s => s + ".*")))} as of {moment?.ToString() ?? "the backup"} into {options.File ?? options.Target?.SourceName}",
        };
        try
        {
            var shown = await FindAsync(backup, moment, scratch, cancellationToken).ConfigureAwait(false);
            var result = await RunAsync(shown, options, _time, progress, cancellationToken).ConfigureAwait(false) with
            {
                Backup = backup,
                Moment = moment?.ToString() ?? $"the backup of {Figures.Moment(backup.Started)}",
            };
            result = result with { Duration = _time.GetUtcNow() - started };
            var note = await repository.Journal.TryAppendAsync(run with
            {
                Outcome = RunOutcome.Succeeded,
                Finished = _time.GetUtcNow(),
                Entries = result.Tables.Count,
                Bytes = result.Tables.Sum(t => t.Bytes),
                IssueCount = result.Tables.Sum(t => t.LeftOut.Count),
            }).ConfigureAwait(false);
            return note is null ? result : result with { Notes = [.. result.Notes, note] };
        }
        catch (Exception e)
        {
            await FailureRecord.TryAppendAsync(repository, run with { Finished = _time.GetUtcNow() }, e).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Brings tables back from a moment.</summary>
    internal static async Task<TableRestoreResult> RunAsync(IMoment moment, TableRestoreOptions options, TimeProvider time, IProgress<TableProgress>? progress, CancellationToken cancellationToken)
    {
        TableTargets.Check(options);
        var database = options.Database ?? moment.DefaultDatabase ?? options.Target?.Database ?? throw new DrException(
            DrError.BadUsage,
            "It is not clear which database the tables were in.",
            "Name the database.");
        var started = time.GetTimestamp();
        var tables = options.Tables.Select(t => QualifiedName.Parse(t)).Distinct().ToList();
        var target = options.Target is null ? null : await ConnectAsync(options, database, cancellationToken).ConfigureAwait(false);
        await using var closing = target;
        var same = target is not null && await IsSameAsync(moment, target, database, cancellationToken).ConfigureAwait(false);
        var targets = new TableTargets(options, same);
        var opened = await moment.OpenAsync(database, tables, options.Schemas, progress, cancellationToken).ConfigureAwait(false);
        await using (opened.ConfigureAwait(false))
        {
            var preparation = time.GetElapsedTime(started);
            var source = await ConnectAsync(opened, database, cancellationToken).ConfigureAwait(false);
            await using (source.ConfigureAwait(false))
            {
                var definitions = await DescribeAsync(source, database, tables, options.Schemas, cancellationToken).ConfigureAwait(false);
                var copies = definitions.ToDictionary(d => d.Name, d => targets.Of(d.Name));
                var restored = options.File is not null
                    ? await new TableScript(source, options, progress, cancellationToken).RunAsync(definitions, copies).ConfigureAwait(false)
                    : options.InsertMissing
                        ? await new MissingRows(source, target!, options.Target!, options, progress, cancellationToken).RunAsync(definitions).ConfigureAwait(false)
                        : await new TableCopy(source, target!, options.Target!, options, progress, cancellationToken).RunAsync(definitions, copies).ConfigureAwait(false);
                return new TableRestoreResult
                {
                    Backup = null!,
                    Moment = string.Empty,
                    Position = opened.Position,
                    LastCommit = opened.LastCommit,
                    Database = database,
                    Tables = restored,
                    PreparationDuration = preparation,
                    Notes = opened.Notes,
                };
            }
        }
    }

    private async Task<IMoment> FindAsync(BackupInfo backup, RecoveryTarget? moment, ScratchOptions scratch, CancellationToken cancellationToken)
    {
        if (PhysicalBackup.TryFrom(backup) is not null)
        {
            // The server must be told a moment at which it stops; behind the last transaction there is none.
            var target = moment is null or { Kind: RecoveryTargetKind.Immediate }
                ? moment ?? RecoveryTarget.Immediate
                : (await RecoveryStart.FindAsync(repository, backup.Source, moment, backup.Id, cancellationToken).ConfigureAwait(false)).Target;
            return new PhysicalMoment(new RepositoryRestore(repository, backup, scratch), target);
        }

        if (!LogicalDumps.IsLogical(backup.Facts))
        {
            throw new DrException(DrError.BadUsage, $"{backup.Id} is not a backup of PostgreSQL.", "Choose another backup.") { Subject = backup.Id };
        }

        return moment is null or { Kind: RecoveryTargetKind.Immediate } ? new LogicalMoment(repository, backup, null, scratch) : throw new DrException(
            DrError.BadUsage,
            $"{backup.Id} is a logical backup, which shows only the moment at which it was taken.",
            "Leave the moment out, or choose a physical backup.")
        { Subject = backup.Id };
    }

    private static async Task<NpgsqlConnection> ConnectAsync(TableRestoreOptions options, string database, CancellationToken cancellationToken) =>
        await ServerConnection.OpenAsync(options.Target!, options.Password, options.Target!.Database ?? database, cancellationToken).ConfigureAwait(false);

    private static async Task<NpgsqlConnection> ConnectAsync(OpenMoment moment, string database, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await moment.ConnectAsync(database, cancellationToken).ConfigureAwait(false);
            using var command = new NpgsqlCommand(TableCatalog.SessionSettings, connection);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch (DrException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName })
        {
            throw new DrException(DrError.BadUsage, $"There was no database {database} at that moment.", "Name another database, or another moment.", e) { Subject = database };
        }
    }

    /// <summary>Whether the target is the very database that the tables are from, where their names are taken.</summary>
    private static async Task<bool> IsSameAsync(IMoment moment, NpgsqlConnection target, string database, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand("select system_identifier::text from pg_control_system()", target);
        return target.Database == database && (string?)await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) == moment.SystemIdentifier;
    }

    private static async Task<IReadOnlyList<TableDefinition>> DescribeAsync(NpgsqlConnection source, string database, List<QualifiedName> tables, IReadOnlyList<string> schemas, CancellationToken cancellationToken)
    {
        var catalog = new TableCatalog(source, cancellationToken);
        foreach (var schema in schemas)
        {
            var listed = await catalog.ListAsync(schema).ConfigureAwait(false);
            if (listed.Count == 0)
            {
                throw Missing($"no table in the schema {schema}", database);
            }

            tables.AddRange(listed.Except(tables));
        }

        var definitions = new List<TableDefinition>();
        foreach (var table in tables)
        {
            definitions.Add(await catalog.FindAsync(table).ConfigureAwait(false) ?? throw Missing($"no table {table}", database));
        }

        return definitions;
    }

    private static DrException Missing(string what, string database) => new(
        DrError.BadUsage,
        $"There was {what} in the database {database} at that moment.",
        "Check the spelling (upper and lower case count), the database, and the moment.");
}
