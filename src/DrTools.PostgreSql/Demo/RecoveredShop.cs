using System.Globalization;
using DrTools.Demo;
using DrTools.PostgreSql.Checks;
using Npgsql;

namespace DrTools.PostgreSql.Demo;

/// <summary>What is known of the shop before anything happened to it.</summary>
/// <param name="Customers">All customers.</param>
/// <param name="Orders">Orders of the last years.</param>
/// <param name="Payments">Payments of the last years.</param>
/// <param name="Bytes">Size of the database, bytes.</param>
internal sealed record ShopRecord(RowDigest Customers, RowDigest Orders, RowDigest Payments, long Bytes)
{
    public static async Task<ShopRecord> TakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => new(
        await RowDigest.TakeAsync(connection, "sales.customers", "true", cancellationToken).ConfigureAwait(false),
        await RowDigest.TakeAsync(connection, "sales.orders", "true", cancellationToken).ConfigureAwait(false),
        await RowDigest.TakeAsync(connection, ShopSchema.Payments, "true", cancellationToken).ConfigureAwait(false),
        await ShopSchema.AskAsync<long>(connection, "select pg_database_size(current_database())", cancellationToken).ConfigureAwait(false));
}

/// <summary>Compares the recovered shop with the record and the till's roll.</summary>
internal sealed class RecoveredShop(DemoServer server, StepRecorder steps, CancellationToken cancellationToken)
{
    /// <summary>How many sales of the roll are there; they are its first ones, if the checks pass.</summary>
    public int Survived { get; private set; }

    /// <summary>Checks the server and its files with PostgreSQL's own means.</summary>
    public async Task<string> CheckAsync()
    {
        var passed = 0;
        var checks = 0;
        void Check(string name, bool held, string detail)
        {
            checks++;
            passed += held ? 1 : 0;
            steps.Check(name, held, detail);
        }

        var (ran, whole, detail) = await new AmCheck(token => server.ConnectAsync(ShopSchema.Database, token), isThorough: true).RunAsync(cancellationToken).ConfigureAwait(false);
        if (ran)
        {
            Check("PostgreSQL: amcheck of tables and indexes", whole, detail);
        }

        var connection = await server.ConnectAsync(ShopSchema.Database, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await ShopSchema.ExecuteAsync(connection, $"drop schema if exists {AmCheck.OwnSchema} cascade", cancellationToken).ConfigureAwait(false);
            var checksums = await ShopSchema.AskAsync<string>(connection, "show data_checksums", cancellationToken).ConfigureAwait(false);
            var failures = await ShopSchema.AskAsync<decimal>(connection, "select coalesce(sum(checksum_failures), 0)::numeric from pg_stat_database", cancellationToken).ConfigureAwait(false);
            Check("PostgreSQL: page checksums", checksums == "on" && failures == 0, $"checksums are {checksums}, {Figures.Count((long)failures, "failure")} while all was read");
            var timeline = await ShopSchema.AskAsync<int>(connection, "select timeline_id from pg_control_checkpoint()", cancellationToken).ConfigureAwait(false);
            var archiving = await ShopSchema.AskAsync<string>(connection, "show archive_mode", cancellationToken).ConfigureAwait(false);
            Check("PostgreSQL: the copy cannot harm the archive", timeline > 1 && archiving == "off", $"timeline {timeline}, archive_mode {archiving} until it is asked for");
        }

        return $"{passed} of {checks} checks passed{(ran ? string.Empty : $"; amcheck {detail}")}";
    }

    /// <summary>Compares every row.</summary>
    public async Task<string> CompareAsync(ShopRecord before, IReadOnlyList<Sale> roll)
    {
        var connection = await server.ConnectAsync(ShopSchema.Database, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await CompareLedgerAsync(connection, roll).ConfigureAwait(false);
            var rows = await CompareTableAsync(connection, "sales.customers", before.Customers, "true").ConfigureAwait(false)
                + await CompareTableAsync(connection, "sales.orders", before.Orders, "id not in (select order_id from sales.ledger)").ConfigureAwait(false)
                + await CompareTableAsync(connection, ShopSchema.Payments, before.Payments, "order_id not in (select order_id from sales.ledger)").ConfigureAwait(false);
            var tables = await ShopSchema.AskAsync<string[]>(connection, "select coalesce(array_agg(oid::regclass::text order by 1), '{}') from pg_class where relkind in ('r', 'p', 'm', 'v') and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace)", cancellationToken).ConfigureAwait(false);
            steps.Check("No other tables", tables.Order(StringComparer.Ordinal).SequenceEqual(ShopSchema.Tables), string.Join(", ", tables));
            await SellAsync(connection).ConfigureAwait(false);
            return $"{Figures.Count(rows + Survived)} rows compared, one by one or by their hashes";
        }
    }

    /// <summary>The ledger is the beginning of the till's roll, and every sale in it has its order and its payment.</summary>
    private async Task CompareLedgerAsync(NpgsqlConnection connection, IReadOnlyList<Sale> roll)
    {
        var problems = new List<string>();
        var number = 0;
        await using (var command = new NpgsqlCommand(
            """
            select l.entry, l.order_id, l.cents, o.customer, o.cents, p.cents
            from sales.ledger l left join sales.orders o on o.id = l.order_id left join sales.payments p on p.order_id = l.order_id order by l.entry
            """,
            connection))
        {
            await using var row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                // The last one may have been committed and never confirmed: then nobody was told that it is safe.
                var sale = number < roll.Count ? roll[number] : null;
                number++;
                int? Cents(int column) => row.IsDBNull(column) ? null : row.GetInt32(column);
                if (row.GetInt64(0) != number || (sale is null && number > roll.Count + 1))
                {
                    problems.Add($"entry {number} is missing, or was never sold");
                }
                else if (sale is not null && (row.GetInt64(1), row.GetInt32(2), Cents(3), Cents(4), Cents(5)) != (sale.OrderId, sale.Cents, sale.Customer, sale.Cents, sale.Cents))
                {
                    problems.Add(string.Create(CultureInfo.InvariantCulture, $"entry {number} was order {sale.OrderId} of {sale.Cents} cents, and is order {row.GetInt64(1)}: {row.GetInt32(2)} in the ledger, {Cents(4)} ordered, {Cents(5)} paid"));
                }
            }
        }

        Survived = Math.Min(number, roll.Count);
        steps.Check(
            "The ledger has no hole",
            problems.Count == 0 && Survived > 0,
            problems.Count > 0 ? string.Join("; ", problems.Take(3)) + (problems.Count > 3 ? $"; and {problems.Count - 3} more" : string.Empty)
                : $"{Figures.Count(Survived)} of {Figures.Count(roll.Count)} confirmed sales are there: the first ones, each with its order and its payment");
    }

    private async Task<long> CompareTableAsync(NpgsqlConnection connection, string table, RowDigest expected, string condition)
    {
        var found = await RowDigest.TakeAsync(connection, table, condition, cancellationToken).ConfigureAwait(false);
        var difference = expected.Difference(found);
        steps.Check($"Table {table}", difference is null, difference ?? $"{Figures.Count(found.Rows)} rows from before, every value as it was");
        return found.Rows;
    }

    /// <summary>Business goes on: a sale through all tables, which is taken back.</summary>
    private async Task SellAsync(NpgsqlConnection connection)
    {
        string detail;
        try
        {
            await ShopSchema.ExecuteAsync(
                connection,
                "begin; with o as (insert into sales.orders (customer, placed, cents) values (1, now(), 100) returning id), p as (insert into sales.payments (order_id, cents) select id, 100 from o) insert into sales.ledger select coalesce(max(entry), 0) + 1, min(o.id), 100, now() from o left join sales.ledger on true; rollback",
                cancellationToken).ConfigureAwait(false);
            detail = "an order, its payment and its ledger entry were taken, and rolled back";
            steps.Check("The shop can sell again", true, detail);
        }
        catch (PostgresException e)
        {
            steps.Check("The shop can sell again", false, e.MessageText);
        }
    }
}
