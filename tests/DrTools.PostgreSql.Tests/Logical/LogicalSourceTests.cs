using DrTools.PostgreSql.Logical;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.Sources;
using Npgsql;

namespace DrTools.PostgreSql.Tests.Logical;

public sealed class LogicalSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("drtools-test-logical-").FullName;
    private readonly List<EntryIssue> _issues = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_database_is_dumped_whole_with_globals_and_exact_counts()
    {
        await using var cluster = await ShopCluster.StartAsync();
        await using var session = await Source(cluster, "shop").OpenAsync(Context(), Cancel);
        await cluster.ExecuteInAsync("shop", "insert into sales.orders(customer) select 1 from generate_series(1, 100)");
        var sizes = await ReadSession.IntoAsync(session, _folder, Cancel);
        Assert.Equal(["globals.sql", "shop.dump"], sizes.Keys.Order());
        Assert.Contains("CREATE ROLE", await File.ReadAllTextAsync(Path.Combine(_folder, "globals.sql"), Cancel), StringComparison.Ordinal);
        Assert.Empty(_issues);

        var facts = session.Facts;
        Assert.StartsWith("PostgreSQL 15.", facts.Engine, StringComparison.Ordinal);
        Assert.Equal("logical", facts.Details["method"]);
        Assert.Equal("shop", facts.Details["databases"]);
        Assert.Equal("UTF8", facts.Details["database.shop.encoding"]);
        Assert.Equal(await cluster.QueryAsync<string>("select system_identifier::text from pg_control_system()"), facts.Details["systemIdentifier"]);
        Assert.Equal(
            [new("public.documents", 20), new("sales.items", 900), new("sales.orders", 300), new("stock.parts", 50)],
            facts.Tables);
        Assert.Equal(300, Rows("shop.dump", "sales.orders"));
    }

    [Fact]
    public async Task Chosen_schemas_and_tables_are_dumps_of_one_moment()
    {
        await using var cluster = await ShopCluster.StartAsync();
        var source = Source(cluster, "shop", new PostgreSqlOptions { Schemas = ["sales", "stock"], Tables = ["documents"] });
        Assert.EndsWith("/shop?schema=sales,stock&table=public.documents", source.Name, StringComparison.Ordinal);
        await using var session = await source.OpenAsync(Context(), Cancel);
        await cluster.ExecuteInAsync("shop", "delete from sales.items", "delete from stock.parts", "delete from public.documents");
        var sizes = await ReadSession.IntoAsync(session, _folder, Cancel);
        Assert.Equal(["globals.sql", "shop/schemas/sales.dump", "shop/schemas/stock.dump", "shop/tables.dump"], sizes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([new("public.documents", 20), new("sales.items", 900), new("sales.orders", 300), new("stock.parts", 50)], session.Facts.Tables);

        // The rows that were deleted after the snapshot are in every dump.
        Assert.Equal(900, Rows("shop/schemas/sales.dump", "sales.items"));
        Assert.Equal(50, Rows("shop/schemas/stock.dump", "stock.parts"));
        Assert.Equal(20, Rows("shop/tables.dump", "public.documents"));
    }

    [Fact]
    public async Task Every_database_is_dumped_when_none_is_named()
    {
        await using var cluster = await ShopCluster.StartAsync();
        await cluster.ExecuteAsync("create database \"Odd / name\"");
        await cluster.ExecuteInAsync("Odd / name", "create table t as select 1 as x");
        await using var session = await Source(cluster, null, new PostgreSqlOptions { Method = BackupMethod.Logical }).OpenAsync(Context(), Cancel);
        var sizes = await ReadSession.IntoAsync(session, _folder, Cancel);
        Assert.Equal(["Odd%20%2F%20name.dump", "globals.sql", "postgres.dump", "shop.dump"], sizes.Keys.Order(StringComparer.Ordinal));
        Assert.Contains(new TableRows("Odd / name/public.t", 1), session.Facts.Tables);
        Assert.Contains(new TableRows("shop/sales.orders", 300), session.Facts.Tables);
        Assert.Equal("Odd%20%2F%20name,postgres,shop", session.Facts.Details["databases"]);
    }

    [Theory]
    [InlineData(17)]
    [InlineData(18)]
    public async Task A_server_newer_than_every_pg_dump_is_refused_with_what_to_install(int version)
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.Find(version));
        var error = await Assert.ThrowsAsync<DrException>(async () => await Source(cluster, "postgres").OpenAsync(Context(), Cancel));
        Assert.Equal(DrError.ToolMissing, error.Error);
        Assert.Contains($"pg_dump of PostgreSQL {version} or newer is needed", error.Message, StringComparison.Ordinal);
        Assert.Contains($"postgresql-client-{version}", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schema_or_table_that_is_missing_fails_before_anything_is_stored()
    {
        await using var cluster = await ShopCluster.StartAsync();
        var error = await Assert.ThrowsAsync<DrException>(async () => await Source(cluster, "shop", new PostgreSqlOptions { Schemas = ["sales", "Sales"] }).OpenAsync(Context(), Cancel));
        Assert.Equal(DrError.SourceMissing, error.Error);
        Assert.Contains("the schema Sales", error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<DrException>(async () => await Source(cluster, "shop", new PostgreSqlOptions { Tables = ["sales.nothing"] }).OpenAsync(Context(), Cancel));
        Assert.Contains("the table sales.nothing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dump_that_breaks_off_is_an_error_with_what_pg_dump_said()
    {
        await using var cluster = await ShopCluster.StartAsync();
        await cluster.ExecuteInAsync("shop", "create table zebra as select i, repeat(md5(i::text), 10) as t from generate_series(1, 20000) i");
        await using var session = await Source(cluster, "shop").OpenAsync(Context(), Cancel);
        var entry = session.ReadEntries(Cancel).Single(e => e.DisplayPath == "shop.dump");
        using var content = session.Open(entry);
        var buffer = new byte[100];
        Assert.True(content.Read(buffer) > 0);
        await cluster.ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'drtools' and query like 'COPY%' or backend_type = 'client backend' and datname = 'shop'");
        var error = Assert.Throws<DrException>(() =>
        {
            var large = new byte[1 << 20];
            while (content.Read(large) > 0)
            {
            }
        });
        Assert.Equal(DrError.SourceFailure, error.Error);
        Assert.Contains("The database shop could not be dumped: pg_dump 15.", error.Message, StringComparison.Ordinal);
        Assert.Contains("pg_dump: error: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_who_may_not_read_a_table_is_told_so()
    {
        await using var cluster = await ShopCluster.StartAsync();
        await cluster.ExecuteAsync("create role reader login");
        var address = cluster.Address with { User = "reader", Database = "shop" };
        var error = await Assert.ThrowsAsync<DrException>(async () => await new LogicalSource(address, Nothing, new PostgreSqlOptions()).OpenAsync(Context(), Cancel));
        Assert.Equal(DrError.PrivilegeMissing, error.Error);
        Assert.Contains("permission denied", error.Message, StringComparison.Ordinal);

        // Who may read everything needs no superuser; the hashes of passwords are then left out.
        await cluster.ExecuteInAsync("shop", [.. ((string[])["public", "sales", "stock"]).Select(s => $"grant usage on schema {s} to reader; grant select on all tables in schema {s} to reader; grant select on all sequences in schema {s} to reader")]);
        await using var whole = await new LogicalSource(address, Nothing, new PostgreSqlOptions()).OpenAsync(Context(), Cancel);
        error = await Assert.ThrowsAsync<DrException>(() => ReadSession.IntoAsync(whole, _folder, Cancel));
        Assert.Equal(DrError.PrivilegeMissing, error.Error);
        Assert.Contains("lo_compat_privileges", error.Remedy, StringComparison.Ordinal);
        await cluster.ExecuteInAsync("shop", "select lo_unlink(body) from documents");
        await using var session = await new LogicalSource(address, Nothing, new PostgreSqlOptions()).OpenAsync(Context(), Cancel);
        await ReadSession.IntoAsync(session, _folder, Cancel);
        Assert.Equal("false", session.Facts.Details["rolePasswords"]);
    }

    [Fact]
    public async Task A_password_reaches_pg_dump_through_a_private_file_only()
    {
        await using var cluster = await ShopCluster.StartAsync();
        const string password = @"s:e\cret";
        await cluster.ExecuteAsync($"create role keeper superuser login password '{password}'");
        await File.WriteAllTextAsync(Path.Combine(cluster.DataDirectory, "pg_hba.conf"), "local all postgres trust\nlocal all all scram-sha-256\n", Cancel);
        await cluster.ExecuteAsync("select pg_reload_conf()");
        var source = new LogicalSource(cluster.Address with { User = "keeper", Database = "shop" }, Nothing, new PostgreSqlOptions { Password = password });
        await using (var session = await source.OpenAsync(Context(), Cancel))
        {
            var file = Assert.Single(Directory.GetFiles(_folder));
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
            var entry = session.ReadEntries(Cancel).Single(e => e.DisplayPath == "shop.dump");
            using var content = session.Open(entry);
            Assert.True(content.Read(new byte[100]) > 0);
            foreach (var process in Directory.GetDirectories("/proc").Where(p => int.TryParse(Path.GetFileName(p), out _)))
            {
                foreach (var secretive in (string[])["cmdline", "environ"])
                {
                    try
                    {
                        Assert.DoesNotContain(password, await File.ReadAllTextAsync(Path.Combine(process, secretive), Cancel), StringComparison.Ordinal);
                    }
                    catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                    {
                        // It has ended, or is none of ours.
                    }
                }
            }
        }

        Assert.Empty(Directory.GetFiles(_folder));
        Assert.DoesNotContain(password, new PostgreSqlOptions { Password = password }.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_statement_that_locks_a_table_is_waited_for_only_so_long()
    {
        await using var cluster = await ShopCluster.StartAsync();
        await using var session = await Source(cluster, "shop", new PostgreSqlOptions { Schemas = ["sales", "public"] }).OpenAsync(Context(), Cancel);

        // The tables are locked from the snapshot on, so nothing can empty them behind its back.
        await using var other = await cluster.ConnectAsync("shop");
        await using var truncate = new NpgsqlCommand("set lock_timeout = '200ms'; truncate documents", other);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => truncate.ExecuteNonQueryAsync(Cancel));
        Assert.Equal(PostgresErrorCodes.LockNotAvailable, refused.SqlState);
        await ReadSession.IntoAsync(session, _folder, Cancel);
        await truncate.ExecuteNonQueryAsync(Cancel);
    }

    private static LogicalSelection Nothing => LogicalSelection.Parse("//host/any", new PostgreSqlOptions()).Selection;

    private static LogicalSource Source(TestCluster cluster, string? database, PostgreSqlOptions? options = null)
    {
        var (address, _, selection) = LogicalSelection.Parse(cluster.SocketLocation + (database is null ? string.Empty : $" dbname={database}"), options ?? new PostgreSqlOptions());
        return new LogicalSource(address, selection, options ?? new PostgreSqlOptions());
    }

    private SourceContext Context() => ReadSession.Context(_folder, _issues);

    private long Rows(string dump, string table) =>
        ShopCluster.PgRestore("-f", "-", "--data-only", Path.Combine(_folder, dump)).Split('\n')
            .SkipWhile(l => !l.StartsWith($"COPY {table} ", StringComparison.Ordinal)).Skip(1).TakeWhile(l => l != "\\.").LongCount();
}
