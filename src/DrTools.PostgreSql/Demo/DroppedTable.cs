using DrTools.Backup;
using DrTools.Demo;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Probing;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Tables;
using DrTools.Repositories;

namespace DrTools.PostgreSql.Demo;

/// <summary>The mistake: a table is dropped while the shop sells, its last good moment is found, and it is brought back as it
/// was then.</summary>
internal sealed class DroppedTable(DemoServer server, StepRecorder steps, TimeProvider time, ScratchOptions scratch, CancellationToken cancellationToken)
{
    /// <summary>A query that holds as long as all is well.</summary>
    private const string Probe = $"select count(*) > 0 from {ShopSchema.Payments}";

    private RowDigest? _before;
    private long _lastId;
    private RestorePointResult? _point;

    /// <summary>What it came to so far.</summary>
    public DemoMistake? Outcome { get; private set; }

    /// <summary>Drops the table. What it held is recorded in the same transaction, so that nothing comes in between.</summary>
    public async Task<string> DropAsync()
    {
        var connection = await server.ConnectAsync(ShopSchema.Database, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            // Dropping it locks what its foreign key leads to as well: taken in the order of the till's statement, or the two
            // would wait for each other.
            await ShopSchema.ExecuteAsync(connection, $"begin; lock table sales.orders, {ShopSchema.Payments}", cancellationToken).ConfigureAwait(false);
            _before = await RowDigest.TakeAsync(connection, ShopSchema.Payments, "true", cancellationToken).ConfigureAwait(false);
            _lastId = await ShopSchema.AskAsync<long>(connection, $"select max(id) from {ShopSchema.Payments}", cancellationToken).ConfigureAwait(false);
            await ShopSchema.ExecuteAsync(connection, $"drop table {ShopSchema.Payments}", cancellationToken).ConfigureAwait(false);
            var transaction = await ShopSchema.AskAsync<string>(connection, "select pg_current_xact_id()::text", cancellationToken).ConfigureAwait(false);
            var happened = time.GetUtcNow();
            await ShopSchema.ExecuteAsync(connection, "commit", cancellationToken).ConfigureAwait(false);
            Outcome = new DemoMistake { Table = ShopSchema.Payments, Happened = happened, Transaction = ulong.Parse(transaction, System.Globalization.CultureInfo.InvariantCulture), Rows = _before.Rows };
        }

        return $"DROP TABLE {ShopSchema.Payments}: {Figures.Count(_before.Rows)} rows; orders are refused from here on";
    }

    /// <summary>Searches the log for the last moment at which the table was there.</summary>
    public async Task<string> FindAsync(Repository repository, BackupInfo backup)
    {
        var result = await new RestorePointSearch(repository, time)
            .RunAsync(backup, new RestorePointOptions { Probe = Probe, Database = ShopSchema.Database }, scratch, null, cancellationToken).ConfigureAwait(false);
        var wanted = Outcome!.Transaction;
        steps.Check(
            "The transaction that dropped it is found",
            result.FirstBad?.Transaction == (uint)wanted,
            result.FirstBad is { } bad ? $"{bad}; it was transaction {wanted}" : "the table was there to the end of the log");
        Outcome = Outcome with
        {
            Target = result.Target.ToString(),
            LastGood = result.LastGood?.Time,
            Commits = result.Commits,
            Probes = result.Probes.Count,
            Search = result.Duration,
        };
        _point = result;
        return $"{result.Target}, right before transaction {result.FirstBad?.Transaction}: {Figures.Count(result.Commits, "transaction")}, {Figures.Count(result.Probes.Count, "probe")}, {Figures.Count(result.Restores, "restore")} of the backup";
    }

    /// <summary>Brings the table back under its own name.</summary>
    public async Task<string> RestoreAsync(Repository repository, BackupInfo backup, Func<DemoServer, Task> afterwards)
    {
        if (_point is null)
        {
            throw new DrException(DrError.TargetUnreachable, $"The last good moment of {ShopSchema.Payments} was not found.", "See the search.");
        }

        var result = await new TableRestore(repository, time).RunAsync(
            backup,
            _point.Target,
            new TableRestoreOptions
            {
                Tables = [ShopSchema.Payments],
                Database = ShopSchema.Database,
                Target = server.Address with { Database = ShopSchema.Database },
                NewName = "payments",
                ForeignKeys = true,
            },
            scratch,
            null,
            cancellationToken).ConfigureAwait(false);
        Outcome = Outcome! with { Restored = time.GetUtcNow(), RestoredRows = result.Rows };
        await afterwards(server).ConfigureAwait(false);
        var table = result.Tables[0];
        var connection = await server.ConnectAsync(ShopSchema.Database, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            // Payments of new orders come behind.
            var after = await RowDigest.TakeAsync(connection, ShopSchema.Payments, $"id <= {_lastId}", cancellationToken).ConfigureAwait(false);
            var difference = _before!.Difference(after);
            steps.Check("The table is as it was right before", difference is null, difference ?? $"{Figures.Count(after.Rows)} rows, every value as before the drop");
            const string made = $"select (select count(*) from pg_index where indrelid = '{ShopSchema.Payments}'::regclass) + (select count(*) from pg_constraint where conrelid = '{ShopSchema.Payments}'::regclass and contype in ('p', 'u', 'f', 'c'))";
            var count = await ShopSchema.AskAsync<long>(connection, made, cancellationToken).ConfigureAwait(false);
            steps.Check(
                "Its indexes and constraints are back",
                count == 7 && table.LeftOut.Count == 0,
                table.LeftOut.Count > 0 ? string.Join("; ", table.LeftOut) : $"{count} of 7: primary key, unique and foreign key, check, and the three indexes");
        }

        return $"{Figures.Count(result.Rows)} rows as of {_point.Target}, {Figures.Bytes(table.Bytes)} copied from a restored copy";
    }

    /// <summary>How many orders were refused.</summary>
    public void Count(int refused) => Outcome = Outcome! with { Refused = refused };
}
