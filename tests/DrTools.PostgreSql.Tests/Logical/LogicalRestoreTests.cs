using DrTools.Backup;
using DrTools.PostgreSql.Logical;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Repositories.Keys;
using DrTools.Sources;
using DrTools.Verification;
using Npgsql;

namespace DrTools.PostgreSql.Tests.Logical;

public sealed class LogicalRestoreTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("drtools-test-logical-").FullName;
    private TestCluster _cluster = null!;
    private Repository _repository = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await ShopCluster.StartAsync();
        _repository = await new RepositoryFactory().CreateAsync(Path.Combine(_folder, "repository"), RepositoryCredential.None, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _repository.DisposeAsync();
        await _cluster.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_database_comes_back_whole_under_a_new_name(int jobs)
    {
        var backup = await BackUpAsync(Source("shop"));
        Assert.False(backup.IsPartial);
        var result = await new LogicalRestore(_repository).RunAsync(backup, Into("shop_again") with { Jobs = jobs }, null, Cancel);
        Assert.True(result.Passed);
        Assert.True(result.Created);
        Assert.Equal(4, result.Tables);
        Assert.Equal(1270, result.Rows);
        Assert.EndsWith("/shop_again", result.Target, StringComparison.Ordinal);
        foreach (var question in (string[])
        [
            "select md5(string_agg(o::text, ',' order by id)) from sales.orders o",
            "select string_agg(convert_from(lo_get(body), 'UTF8'), ',' order by id) from documents",
            "select string_agg(indexdef, ',' order by indexname) from pg_indexes where schemaname = 'sales'",
            "select string_agg(conname || pg_get_constraintdef(oid), ',' order by conname) from pg_constraint where connamespace <> 'pg_catalog'::regnamespace and connamespace <> 'information_schema'::regnamespace",
            "select string_agg(relname || relowner::regrole || coalesce(relacl::text, ''), ',' order by relname) from pg_class where relnamespace = 'sales'::regnamespace",
            "select pg_get_userbyid(datdba) || setconfig::text from pg_database d join pg_db_role_setting s on s.setdatabase = d.oid where datname = current_database()",
            "select nextval('sales.items_id_seq')::text || nextval('sales.orders_id_seq')",
        ])
        {
            Assert.Equal(await _cluster.QueryAsync<string>(question, "shop"), await _cluster.QueryAsync<string>(question, "shop_again"));
        }
    }

    [Fact]
    public async Task An_empty_database_is_used_and_one_that_is_not_is_refused()
    {
        var backup = await BackUpAsync(Source("shop"));
        await _cluster.ExecuteAsync("create database waiting");
        var result = await new LogicalRestore(_repository).RunAsync(backup, Into("waiting"), null, Cancel);
        Assert.False(result.Created);
        Assert.True(result.Passed);
        var error = await Assert.ThrowsAsync<DrException>(() => new LogicalRestore(_repository).RunAsync(backup, Into("waiting"), null, Cancel));
        Assert.Equal(DrError.TargetNotEmpty, error.Error);
        Assert.Equal(300L, await _cluster.QueryAsync<long>("select count(*) from sales.orders", "waiting"));
    }

    [Fact]
    public async Task A_schema_comes_back_without_the_keys_that_lead_out_of_it_and_says_so()
    {
        var backup = await BackUpAsync(Source("shop", new PostgreSqlOptions { Schemas = ["sales"] }));
        var result = await new LogicalRestore(_repository).RunAsync(backup, Into("part"), null, Cancel);
        Assert.True(result.Passed);
        Assert.Equal(2, result.Tables);
        var note = Assert.Single(result.Notes);
        Assert.Contains("items_part_fkey", note, StringComparison.Ordinal);
        Assert.Contains("does not exist", note, StringComparison.Ordinal);
        Assert.Equal(1L, await _cluster.QueryAsync<long>("select count(*) from pg_constraint where contype = 'f'", "part"));
    }

    [Fact]
    public async Task Chosen_schemas_and_tables_come_back_together_with_the_keys_between_them()
    {
        var backup = await BackUpAsync(Source("shop", new PostgreSqlOptions { Schemas = ["sales"], Tables = ["stock.parts", "public.documents"] }));
        var result = await new LogicalRestore(_repository).RunAsync(backup, Into("parts"), null, Cancel);
        Assert.True(result.Passed);
        Assert.Empty(result.Notes);
        Assert.Equal(2L, await _cluster.QueryAsync<long>("select count(*) from pg_constraint where contype = 'f'", "parts"));
    }

    [Fact]
    public async Task Roles_that_are_missing_are_asked_for_made_or_ignored()
    {
        var backup = await BackUpAsync(Source("shop"));
        await using var other = await TestCluster.StartNewAsync(TestServer.V15);
        LogicalRestoreOptions To(RoleHandling roles, string database) => new() { Target = other.Address with { Database = database }, Roles = roles };
        var error = await Assert.ThrowsAsync<DrException>(() => new LogicalRestore(_repository).RunAsync(backup, To(RoleHandling.Require, "shop"), null, Cancel));
        Assert.Contains("clerk", error.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await other.QueryAsync<long>("select count(*) from pg_database where datname = 'shop'"));

        var ignored = await new LogicalRestore(_repository).RunAsync(backup, To(RoleHandling.Ignore, "ignored"), null, Cancel);
        Assert.True(ignored.Passed);
        var made = await new LogicalRestore(_repository).RunAsync(backup, To(RoleHandling.Create, "shop"), null, Cancel);
        Assert.Equal("1 role made: clerk.", Assert.Single(made.Notes));
        Assert.Equal("clerk", await other.QueryAsync<string>("select relowner::regrole::text from pg_class where relname = 'orders'", "shop"));
    }

    [Fact]
    public async Task A_load_that_fails_leaves_nothing()
    {
        await _cluster.ExecuteInAsync("shop", "create type mood as enum ('good')", "create table zz(m mood)");
        var backup = await BackUpAsync(Source("shop"));
        await _cluster.ExecuteAsync("create database waiting");

        // A type of the same name makes the load fail half-way; a type alone does not make a database count as filled.
        await _cluster.ExecuteInAsync("waiting", "create type mood as enum ('bad')");
        var error = await Assert.ThrowsAsync<DrException>(() => new LogicalRestore(_repository).RunAsync(backup, Into("waiting") with { Jobs = 1 }, null, Cancel));
        Assert.Equal(DrError.TargetFailure, error.Error);
        Assert.Contains("\"mood\" already exists", error.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await _cluster.QueryAsync<long>("select count(*) from pg_namespace where nspname = 'sales'", "waiting"));
    }

    [Fact]
    public async Task A_backup_whose_dump_breaks_off_does_not_exist()
    {
        var source = Source("shop");
        await using (var held = await HoldDumpAsync())
        {
            var backup = BackUpAsync(source);
            await held.DumpingAsync(backup);
            Assert.Equal(1L, await _cluster.QueryAsync<long>($"select count(pg_terminate_backend(pid)) from pg_stat_activity where {HeldDump.Waiting}"));
            var error = await Assert.ThrowsAsync<DrException>(() => backup);
            Assert.Equal(DrError.SourceFailure, error.Error);
            Assert.Contains("pg_dump", error.Message, StringComparison.Ordinal);
        }

        Assert.Empty(await new BackupCatalog(_repository).ListAsync(new BackupFilter(), Cancel));
        Assert.False((await BackUpAsync(source)).IsPartial);
    }

    [Fact]
    public async Task A_backup_that_is_stopped_ends_pg_dump_and_counts_as_interrupted()
    {
        await using var held = await HoldDumpAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var backup = new BackupEngine(_repository).RunAsync(Source("shop"), new BackupOptions { WorkFolder = _folder }, null, stop.Token);
        await held.DumpingAsync(backup);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backup);
        Assert.Equal(RunOutcome.Interrupted, Assert.Single(await _repository.Journal.ReadAsync(10, Cancel)).Outcome);
        await held.DisposeAsync();
        for (var attempt = 0; await _cluster.QueryAsync<long>("select count(*) from pg_stat_activity where datname = 'shop' and pid <> pg_backend_pid()") > 0; attempt++)
        {
            Assert.True(attempt < 1200, "Sessions of the backup go on.");
            await Task.Delay(50, Cancel);
        }
    }

    [Fact]
    public async Task A_standby_is_dumped_as_well()
    {
        await using var repository = await TestRepository.CreateAsync();
        var origin = await repository.BackUpAsync(new PhysicalSource(_cluster.Address, new PhysicalSourceOptions { IncludeWal = true }), BackupType.Full);
        await using var standby = await repository.RestoreAsync(origin.Backup, TestServer.V15);
        TestServer.Run("touch", Path.Combine(standby.DataDirectory, "standby.signal"));
        standby.Configure($"primary_conninfo = 'host={_cluster.Folder} port={_cluster.Port} user=postgres'");
        await standby.StartAsync();
        await _cluster.ExecuteInAsync("shop", "create unlogged table volatile as select 1 as x");
        while (!await standby.QueryAsync<bool>("select to_regclass('public.volatile') is not null", "shop"))
        {
            await Task.Delay(20, Cancel);
        }

        var (address, _, selection) = LogicalSelection.Parse($"{standby.SocketLocation} dbname=shop", new PostgreSqlOptions());
        var backup = await BackUpAsync(new LogicalSource(address, selection, new PostgreSqlOptions()));
        Assert.Equal("true", backup.Facts.Details["fromStandby"]);
        Assert.DoesNotContain(backup.Facts.Tables, t => t.Table == "public.volatile");
        Assert.True((await new LogicalRestore(_repository).RunAsync(backup, Into("from_standby"), null, Cancel)).Passed);
    }

    [Fact]
    public async Task A_weekly_dump_stores_what_changed()
    {
        await _cluster.ExecuteInAsync(
            "shop",
            "create table log(id int primary key, line text)",
            "insert into log select i, md5(i::text) || md5((i * 3)::text) || md5((i * 7)::text) from generate_series(1, 300000) i");
        var first = await BackUpAsync(Source("shop"));
        await _cluster.ExecuteInAsync(
            "shop",
            "insert into log select i, md5(i::text) || md5((i * 3)::text) || md5((i * 7)::text) from generate_series(300001, 303000) i",
            "update sales.orders set note = 'x' where id = 7",
            "create table a_new_one as select 1 as x");
        var second = await BackUpAsync(Source("shop"));
        Assert.Equal(BackupType.Incremental, second.Type);
        TestContext.Current.TestOutputHelper?.WriteLine($"{first.SourceBytes} bytes, then {second.NewBytes} new, {second.StoredBytes} stored");
        Assert.InRange(second.NewBytes, 1, first.SourceBytes / 15);
    }

    [Fact]
    public async Task Verification_restores_into_a_scratch_server_and_counts()
    {
        var whole = await BackUpAsync(Source("shop"));
        var result = await new VerificationEngine(_repository, new VerifyOptions { Level = VerifyLevel.Restore }).VerifyAsync(whole.Id, null, Cancel);
        Assert.True(result.Passed, string.Join("; ", result.Checks.Where(c => !c.Passed).Select(c => c.Detail)));
        Assert.Contains(result.Checks, c => c.Name == "restore of shop");
        Assert.Contains(result.Checks, c => c is { Name: "rows of sales.items", Detail: "sales.items: 900 rows, as backed up" });

        var parts = await BackUpAsync(Source("shop", new PostgreSqlOptions { Schemas = ["sales"] }));
        result = await new VerificationEngine(_repository, new VerifyOptions { Level = VerifyLevel.Restore, Assertions = ["select count(*) = 300 from sales.orders", "select count(*) > 5000 from sales.orders"] })
            .VerifyAsync(parts.Id, null, Cancel);
        Assert.False(result.Passed);
        Assert.Equal("assertion: select count(*) > 5000 from sales.orders", Assert.Single(result.Checks, c => !c.Passed).Name);
        result = await new VerificationEngine(_repository, new VerifyOptions { Level = VerifyLevel.Restore }).VerifyAsync(parts.Id, null, Cancel);
        Assert.True(result.Passed, string.Join("; ", result.Checks.Where(c => !c.Passed).Select(c => c.Detail)));
    }

    [Fact]
    public async Task All_databases_come_back_one_by_one()
    {
        await _cluster.ExecuteAsync("create database other");
        await _cluster.ExecuteInAsync("other", "create table t as select generate_series(1, 7) as x");
        var backup = await BackUpAsync(Source(null, new PostgreSqlOptions { Method = BackupMethod.Logical }));
        var error = await Assert.ThrowsAsync<DrException>(() => new LogicalRestore(_repository).RunAsync(backup, Into(null), null, Cancel));
        Assert.Contains("holds 3 databases: other, postgres, shop", error.Message, StringComparison.Ordinal);
        var result = await new LogicalRestore(_repository).RunAsync(backup, Into("other2") with { Database = "other" }, null, Cancel);
        Assert.True(result.Passed);
        Assert.Equal(7, result.Rows);
        var verified = await new VerificationEngine(_repository, new VerifyOptions { Level = VerifyLevel.Restore }).VerifyAsync(backup.Id, null, Cancel);
        Assert.True(verified.Passed, string.Join("; ", verified.Checks.Where(c => !c.Passed).Select(c => c.Detail)));
    }

    private LogicalRestoreOptions Into(string? database) => new() { Target = _cluster.Address with { Database = database } };

    private async Task<BackupInfo> BackUpAsync(ISource source) =>
        (await new BackupEngine(_repository).RunAsync(source, new BackupOptions { WorkFolder = _folder }, null, Cancel)).Backup;

    /// <summary>Makes the next pg_dump of the database write a table and then stand still.</summary>
    private async Task<HeldDump> HoldDumpAsync()
    {
        await _cluster.ExecuteInAsync("shop", "create table zebra as select i, repeat(md5(i::text), 10) as t from generate_series(1, 40000) i", "create sequence zz_last");
        var session = await _cluster.ConnectAsync("shop");
        await using var command = new NpgsqlCommand("begin; drop sequence zz_last", session);
        await command.ExecuteNonQueryAsync(Cancel);
        return new HeldDump(_cluster, session);
    }

    private ISource Source(string? database, PostgreSqlOptions? options = null)
    {
        PostgreSqlProvider.Register();
        return SourceRegistry.Parse($"postgresql:{_cluster.SocketLocation}{(database is null ? string.Empty : $" dbname={database}")}", new SourceOptions { Provider = options });
    }

    /// <summary>pg_dump reads the values of sequences after all tables; a session that is about to drop one lets it wait there.</summary>
    private sealed class HeldDump(TestCluster cluster, NpgsqlConnection session) : IAsyncDisposable
    {
        public const string Waiting = "datname = 'shop' and query like 'SELECT last_value%zz_last%' and wait_event_type = 'Lock'";

        public async Task DumpingAsync(Task backup)
        {
            for (var attempt = 0; await cluster.QueryAsync<long>($"select count(*) from pg_stat_activity where {Waiting}") == 0; attempt++)
            {
                Assert.False(backup.IsCompleted, "The backup did not wait.");
                Assert.True(attempt < 6000, "pg_dump does not come to the sequence.");
                await Task.Delay(10, Cancel);
            }
        }

        public ValueTask DisposeAsync() => session.DisposeAsync();
    }
}
