using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Tables;
using DrTools.PostgreSql.Tests.Logical;
using DrTools.PostgreSql.Tests.Servers;

namespace DrTools.PostgreSql.Tests.Tables;

public sealed class TableRestoreTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public async Task A_dropped_table_comes_back_beside_its_place_with_all_that_belongs_to_it(int version)
    {
        await using var past = await PastCluster.StartAsync(
            version,
            "comment on table sales.items is 'it''s what was bought'",
            "alter table sales.items add total numeric generated always as (price * 2) stored",
            "create unique index \"Odd \"\"index\" on sales.items((lower(part::text) || id)) where id > 5",
            "alter table sales.items set (fillfactor = 70)",
            "select setval('sales.items_id_seq', 4711)",
            "create function sales.t() returns trigger language plpgsql as 'begin return new; end'",
            "create trigger watch before insert on sales.items for each row execute function sales.t()");
        var before = await past.AskAsync<string>(Fingerprint("sales.items"));
        await past.MistakeAsync("drop table sales.items cascade");
        var result = await RestoreAsync(past, new TableRestoreOptions { Tables = ["sales.items"] });
        var table = Assert.Single(result.Tables);
        Assert.Equal("sales.items_restored", table.Target);
        Assert.Equal(900, table.Rows);
        Assert.Equal(before, await past.AskAsync<string>(Fingerprint("sales.items_restored")));
        Assert.Equal([new RestoredSequence("sales.items_restored_id_seq", 4711)], table.Sequences);
        Assert.Equal(4712L, await past.AskAsync<long>("select nextval(pg_get_serial_sequence('sales.items_restored', 'id'))"));
        Assert.Contains("items_restored_pkey", table.Constraints);
        Assert.Contains("items_restored_price_check", table.Constraints);
        Assert.Equal(["Odd \"index_restored", "items_restored_of_order"], table.Indexes.Order(StringComparer.Ordinal));
        Assert.Equal("fillfactor=70", await past.AskAsync<string>("select array_to_string(reloptions, ',') from pg_class where oid = 'sales.items_restored'::regclass"));
        Assert.Equal("it's what was bought", await past.AskAsync<string>("select obj_description('sales.items_restored'::regclass)"));
        Assert.Contains(table.LeftOut, l => l.What == "trigger watch");
        Assert.Contains(table.LeftOut, l => l.What == "foreign key items_order_id_fkey" && l.Why.Contains("sales.orders", StringComparison.Ordinal));
        Assert.NotNull(result.Position);
        Assert.True(result.LastCommit <= past.Before);

        // Once more: the name is taken now.
        var error = await Assert.ThrowsAsync<DrException>(() => RestoreAsync(past, new TableRestoreOptions { Tables = ["sales.items"] }));
        Assert.Equal(DrError.TargetNotEmpty, error.Error);
        Assert.Contains("sales.items_restored exists already", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_that_come_together_keep_the_keys_between_them()
    {
        await using var past = await PastCluster.StartAsync(15);
        await past.MistakeAsync("delete from sales.items", "delete from sales.orders");
        var result = await RestoreAsync(past, new TableRestoreOptions { Schemas = ["sales"], TargetSchema = "rescued" });
        Assert.Equal(["rescued.items", "rescued.orders"], result.Tables.Select(t => t.Target).Order());
        Assert.Equal(1200, result.Rows);
        Assert.Equal(
            "rescued.orders",
            await past.AskAsync<string>("select confrelid::regclass::text from pg_constraint where conrelid = 'rescued.items'::regclass and contype = 'f'"));
        Assert.Equal("by default", (await past.AskAsync<string>("select identity_generation from information_schema.columns where table_schema = 'rescued' and table_name = 'orders' and column_name = 'id'")).ToLowerInvariant());
        Assert.Equal(301L, await past.AskAsync<long>("select nextval(pg_get_serial_sequence('rescued.orders', 'id'))"));
        Assert.Equal("clerk", await past.AskAsync<string>("select relowner::regrole::text from pg_class where oid = 'rescued.orders'::regclass"));
    }

    [Fact]
    public async Task Foreign_keys_lead_to_live_tables_when_asked_for()
    {
        await using var past = await PastCluster.StartAsync(15);
        await past.MistakeAsync("drop table sales.items cascade", "drop table stock.parts");
        var result = await RestoreAsync(past, new TableRestoreOptions { Tables = ["sales.items"], NewName = "saved", ForeignKeys = true });
        var table = Assert.Single(result.Tables);
        Assert.Equal("sales.saved", table.Target);
        Assert.Contains("saved_order_id_fkey", table.Constraints);
        var missing = Assert.Single(table.LeftOut);
        Assert.Equal("constraint saved_part_fkey", missing.What);
        Assert.Contains("\"stock.parts\" does not exist", missing.Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_rows_for_which_a_condition_holds_come_back()
    {
        await using var past = await PastCluster.StartAsync(15);
        await past.MistakeAsync("delete from sales.items");
        var result = await RestoreAsync(past, new TableRestoreOptions { Tables = ["sales.items"], Where = "order_id = 7 -- a comment" });
        Assert.Equal(3, result.Rows);
        Assert.Equal(7L, await past.AskAsync<long>("select distinct order_id from sales.items_restored"));
        var error = await Assert.ThrowsAsync<DrException>(() => RestoreAsync(past, new TableRestoreOptions { Tables = ["sales.items"], Where = "nonsense = 7", Suffix = "_2" }));
        Assert.Contains("\"nonsense\" does not exist", error.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await past.AskAsync<long>("select count(*) from pg_class where relname = 'items_2'"));
    }

    [Fact]
    public async Task Rows_are_put_back_where_their_key_is_missing_and_others_stay_as_they_are()
    {
        await using var past = await PastCluster.StartAsync(15);
        await past.MistakeAsync(
            "delete from sales.items where order_id < 100",
            "delete from sales.orders where id < 100",
            "update sales.orders set note = 'since then' where id = 200",
            "alter table sales.orders add column since timestamptz default now(), drop column customer");
        var options = new TableRestoreOptions { Tables = ["sales.orders", "sales.items"], InsertMissing = true };
        var result = await RestoreAsync(past, options);
        var orders = result.Tables[0];
        Assert.Equal((99, 201), (orders.Rows, orders.PresentRows));
        Assert.Equal("column customer", Assert.Single(orders.LeftOut).What);
        Assert.Equal((297, 603), (result.Tables[1].Rows, result.Tables[1].PresentRows));
        Assert.Equal("since then", await past.AskAsync<string>("select note from sales.orders where id = 200"));
        Assert.Equal(300L, await past.AskAsync<long>("select count(*) from sales.orders"));
        Assert.Equal(0, (await RestoreAsync(past, options)).Rows);
    }

    [Fact]
    public async Task Rows_whose_parents_are_missing_change_nothing_and_say_what_to_do()
    {
        await using var past = await PastCluster.StartAsync(15);
        await past.MistakeAsync("delete from sales.items where order_id < 100", "delete from sales.orders where id < 100");
        var error = await Assert.ThrowsAsync<DrException>(() => RestoreAsync(past, new TableRestoreOptions { Tables = ["sales.items"], InsertMissing = true }));
        Assert.Equal(DrError.TargetFailure, error.Error);
        Assert.Contains("violates foreign key constraint", error.Message, StringComparison.Ordinal);
        Assert.Contains("before the ones that refer to it", error.Remedy, StringComparison.Ordinal);
        Assert.Equal(603L, await past.AskAsync<long>("select count(*) from sales.items"));
    }

    [Fact]
    public async Task A_partitioned_table_comes_back_as_one()
    {
        await using var past = await PastCluster.StartAsync(
            15,
            "create table days(day date not null, n int, primary key (day, n)) partition by range (day)",
            "create table days_1 partition of days for values from ('2026-01-01') to ('2026-02-01')",
            "create table days_2 partition of days for values from ('2026-02-01') to ('2026-03-01')",
            "create index on days(n)",
            "insert into days select '2026-01-01'::date + i, i from generate_series(0, 57) i");
        await past.MistakeAsync("drop table days");
        var table = Assert.Single((await RestoreAsync(past, new TableRestoreOptions { Tables = ["days"] })).Tables);
        Assert.Equal(58, table.Rows);
        Assert.Equal("partitions", Assert.Single(table.LeftOut).What);
        Assert.Single(table.Indexes);
        Assert.Contains("days_restored_pkey", table.Constraints);
    }

    [Fact]
    public async Task Another_database_takes_it_under_its_own_name()
    {
        await using var past = await PastCluster.StartAsync(15);
        await past.MistakeAsync("truncate sales.items");
        await past.Cluster.ExecuteAsync("create database lab");
        var result = await RestoreAsync(past, new TableRestoreOptions { Tables = ["sales.items"], Database = "shop", Target = past.Cluster.Address with { Database = "lab" } });
        Assert.Equal("sales.items", Assert.Single(result.Tables).Target);
        Assert.Equal(900L, await past.Cluster.QueryAsync<long>("select count(*) from sales.items", "lab"));
    }

    [Fact]
    public async Task Files_hold_statements_or_rows()
    {
        await using var past = await PastCluster.StartAsync(15);
        await past.MistakeAsync("truncate sales.items");
        var folder = Directory.CreateTempSubdirectory("drtools-test-tables-").FullName;
        try
        {
            var script = Path.Combine(folder, "items.sql");
            var result = await RestoreAsync(past, new TableRestoreOptions { Tables = ["sales.items", "sales.orders"], Database = "shop", File = script });
            Assert.Equal(1200, result.Rows);
            await past.Cluster.ExecuteAsync("create database lab");
            ShopCluster.Run("psql", "-h", past.Cluster.Folder, "-p", $"{past.Cluster.Port}", "-U", "postgres", "-q", "--set", "ON_ERROR_STOP=1", "-f", script, "lab");
            Assert.Equal(900L, await past.Cluster.QueryAsync<long>("select count(*) from sales.items i join sales.orders o on o.id = i.order_id", "lab"));
            Assert.Equal(1L, await past.Cluster.QueryAsync<long>("select count(*) from pg_constraint where contype = 'f'", "lab"));

            var rows = Path.Combine(folder, "items.csv");
            Assert.Equal(3, (await RestoreAsync(past, new TableRestoreOptions { Tables = ["sales.items"], Database = "shop", File = rows, Where = "order_id = 9" })).Rows);
            Assert.Equal(["id,order_id,part,price", "8,9,9,9", "308,9,9,309", "608,9,9,609"], await File.ReadAllLinesAsync(rows, Cancel));
            var error = await Assert.ThrowsAsync<DrException>(() => RestoreAsync(past, new TableRestoreOptions { Tables = ["sales.items"], Database = "shop", File = rows }));
            Assert.Equal(DrError.TargetNotEmpty, error.Error);
            Assert.Equal(["items.csv", "items.sql"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_type_that_is_gone_leaves_nothing_behind()
    {
        await using var past = await PastCluster.StartAsync(15, "create type mood as enum ('good', 'bad')", "create table moods(id int primary key, m mood)", "insert into moods values (1, 'bad')");
        await past.MistakeAsync("drop type mood cascade");
        var error = await Assert.ThrowsAsync<DrException>(() => RestoreAsync(past, new TableRestoreOptions { Schemas = ["public"], TargetSchema = "rescued" }));
        Assert.Equal(DrError.TargetFailure, error.Error);
        Assert.Contains("type \"public.mood\" does not exist", error.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await past.AskAsync<long>("select count(*) from pg_namespace where nspname = 'rescued'"));
    }

    [Theory]
    [InlineData("sales.nothing", "There was no table sales.nothing")]
    [InlineData("sales.totals", "sales.totals is a view")]
    public async Task What_was_not_a_table_then_is_named(string name, string part)
    {
        await using var past = await PastCluster.StartAsync(15);
        await past.MistakeAsync("truncate sales.items");
        var error = await Assert.ThrowsAsync<DrException>(() => RestoreAsync(past, new TableRestoreOptions { Tables = [name] }));
        Assert.Equal(DrError.BadUsage, error.Error);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_contradict_each_other_are_refused()
    {
        var target = ServerAddress.Parse("/tmp:5432/shop");
        foreach (var (options, part) in ((TableRestoreOptions, string)[])[
            (new() { Target = target }, "No table"),
            (new() { Tables = ["a"] }, "either into a database or into a file"),
            (new() { Tables = ["a"], File = "a.sql", Target = target }, "either into a database or into a file"),
            (new() { Tables = ["a"], File = "a.txt" }, ".sql or .csv"),
            (new() { Tables = ["a", "b"], File = "a.csv" }, "one table"),
            (new() { Tables = ["a", "b"], NewName = "c", Target = target }, "one table"),
            (new() { Tables = ["a"], InsertMissing = true, Suffix = "_x", Target = target }, "keep their names")])
        {
            Assert.Contains(part, Assert.Throws<DrException>(() => TableTargets.Check(options)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Names_of_copies_fit_and_are_used_once()
    {
        var names = new CopyNames(new("public", "orders"), new("public", "orders_restored"), new HashSet<string> { "orders_restored_pkey" });
        Assert.Equal("orders_restored_pkey_1", names.Of("orders_pkey"));
        Assert.Equal("by_day_restored", names.Of("by_day"));
        Assert.Equal(62, System.Text.Encoding.UTF8.GetByteCount(names.Of(new string('ö', 40))));
        Assert.EndsWith("_1", names.Of(new string('ö', 40)), StringComparison.Ordinal);
        var renamed = new CopyNames(new("public", "orders"), new("public", "saved"), new HashSet<string>());
        Assert.Equal("saved_pkey", renamed.Of("orders_pkey"));
        Assert.Equal("saved_by_day", renamed.Of("by_day"));
    }

    private static string Fingerprint(string table) => $"select md5(string_agg(t::text, ',' order by id)) from {table} t";

    private static Task<TableRestoreResult> RestoreAsync(PastCluster past, TableRestoreOptions options) => TableRestore.RunAsync(
        past.Moment,
        options.Target is null && options.File is null ? options with { Target = past.Cluster.Address with { Database = "shop" } } : options,
        TimeProvider.System,
        null,
        Cancel);
}
