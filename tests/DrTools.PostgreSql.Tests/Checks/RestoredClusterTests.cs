using DrTools.Backup;
using DrTools.PostgreSql.Checks;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Tests.Physical;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.Repositories.Logs;
using DrTools.Restore;
using DrTools.Sources;
using DrTools.Verification;

namespace DrTools.PostgreSql.Tests.Checks;

public sealed class RestoredClusterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public async Task A_backup_taken_under_load_proves_itself_in_a_scratch_instance(int version)
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.Find(version));
        await using var repository = await TestRepository.CreateAsync();
        await LedgerLoad.PrepareAsync(cluster);
        await cluster.ExecuteAsync("create table quiet as select generate_series(1, 1000) i", "create index on quiet (i)", "create database \"An other\"");
        BackupInfo backup;
        await using (LedgerLoad.Start(cluster))
        {
            await Task.Delay(200, Token);
            backup = (await repository.BackUpAsync(new PhysicalSource(cluster.Address, new PhysicalSourceOptions { IncludeWal = true, LeastRowCountBudget = TimeSpan.FromSeconds(15) }), BackupType.Full)).Backup;
        }

        Assert.Contains(backup.Facts.Tables, t => t is { Table: "postgres.public.quiet", Rows: 1000 });
        var result = await VerifyAsync(
            repository, cluster, backup, "select count(*) = 1000 from quiet", "[postgres] select i > 0 from quiet", "select count(*) = 7 from quiet", "[An other] select false where false", "select nothing");
        string Detail(string check) => result.Checks.Single(c => c.Name == check).Detail;
        var failed = result.Checks.Where(c => c.Failed).Select(c => c.Name).ToList();
        Assert.Equal(["assertion: select count(*) = 7 from quiet", "assertion: [An other] select false where false", "assertion: select nothing"], failed);
        Assert.Equal("true in 1,000 rows", Detail("assertion: [postgres] select i > 0 from quiet"));
        Assert.Equal("returned False in row 1", Detail("assertion: select count(*) = 7 from quiet"));
        Assert.Equal("returned no row", Detail("assertion: [An other] select false where false"));
        Assert.Contains("could not run: column \"nothing\" does not exist", Detail("assertion: select nothing"), StringComparison.Ordinal);
        Assert.Contains("every one whole", Detail("page checksums"), StringComparison.Ordinal);
        Assert.Contains("none corrupt", Detail("amcheck of postgres"), StringComparison.Ordinal);
        Assert.Contains("with the rows counted", Detail("rows of postgres"), StringComparison.Ordinal);
        Assert.All(result.Checks.Where(c => !c.Name.StartsWith("assertion", StringComparison.Ordinal)), c => Assert.True(c.Passed, $"{c.Name}: {c.Detail}"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(cluster.Folder, "drtools-*"));
    }

    [Fact]
    public async Task Rows_that_vanished_without_a_trace_fail_and_tables_written_to_later_do_not()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        await using var repository = await TestRepository.CreateAsync();
        foreach (var table in (string[])["quiet", "lost", "busy", "emptied", "dropped", "late"])
        {
            await cluster.ExecuteAsync($"create table {table} as select generate_series(1, 1000) i");
        }

        await cluster.ExecuteAsync("create unlogged table forgotten as select 1", "create table \"Odd.Name\" as select 1", "vacuum freeze", "checkpoint");
        await using var other = await cluster.ConnectAsync();
        async Task RunAsync(string statement)
        {
            await using var command = new Npgsql.NpgsqlCommand(statement, other);
            await command.ExecuteNonQueryAsync(Token);
        }

        // Writes before the count, commits after it.
        await RunAsync("begin; delete from late where i <= 10");
        var counts = await RowCounts.TakeAsync(cluster.Address, null, TimeSpan.FromMinutes(1), Token);
        Assert.Equal(["postgres.public.\"Odd.Name\"", "postgres.public.busy", "postgres.public.dropped", "postgres.public.emptied", "postgres.public.late", "postgres.public.lost", "postgres.public.quiet"], counts.Tables.Select(t => t.Table));
        Assert.Equal(1000, counts.Tables.Single(t => t.Table == "postgres.public.late").Rows);
        async Task<IReadOnlyList<SourceCheck>> CheckAsync(RowCounts recorded)
        {
            var backup = (await repository.BackUpAsync(new PhysicalSource(cluster.Address, new PhysicalSourceOptions { IncludeWal = true, RowCountBudget = TimeSpan.Zero }), BackupType.Full)).Backup;
            Assert.Empty(backup.Facts.Tables);
            var folder = Path.Combine(cluster.Folder, "restored");
            await new RestoreEngine(repository.Repository).RestoreAsync(backup, folder, new RestoreOptions(), null, Token);
            ISource source = new PhysicalSource(cluster.Address);
            return await source.CheckScratchAsync(
                new ScratchCopy
                {
                    Folder = folder,
                    Backup = backup with { Facts = backup.Facts with { Tables = recorded.Tables, Details = new Dictionary<string, string>(backup.Facts.Details.Concat(recorded.Details)) } },
                    Logs = new LogArchive(repository.Repository),
                    Parent = cluster.Folder,
                },
                Token);
        }

        var lying = counts with { Tables = [.. counts.Tables.Select(t => t.Table.EndsWith("lost", StringComparison.Ordinal) ? t with { Rows = 1001 } : t), new TableRows("postgres.public.never", 5)] };
        var before = await CheckAsync(lying);
        Assert.Equal(["rows of postgres.public.lost", "rows of postgres.public.never", "rows of postgres"], before.Where(c => c.Failed).Select(c => c.Name));
        Assert.Equal("1,000 rows, but 1,001 when it was backed up, and no page of it was changed since", before.First(c => c.Failed).Detail);

        await RunAsync("commit");
        await cluster.ExecuteAsync("delete from busy where i <= 5", "truncate emptied", "drop table dropped");
        var after = await CheckAsync(counts);
        var rows = after.Single(c => c.Name == "rows of postgres");
        Assert.True(rows.Passed, rows.Detail);
        foreach (var change in (string[])["busy: 1,000 → 995", "emptied: 1,000 → 0", "late: 1,000 → 990", "dropped is gone"])
        {
            Assert.Contains($"postgres.public.{change}", rows.Detail, StringComparison.Ordinal);
        }

        Assert.StartsWith("7 tables: 3 with the rows counted at", rows.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(await CheckAsync(RowCounts.None), c => c.Failed);
    }

    [Fact]
    public async Task Missing_log_fails_the_recovery_and_everything_behind_it()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15, settings: ["archive_mode = on", "archive_command = 'true'"]);
        await using var repository = await TestRepository.CreateAsync();
        var backup = (await repository.BackUpAsync(new PhysicalSource(cluster.Address), BackupType.Full)).Backup;
        var result = await VerifyAsync(repository, cluster, backup, "select true");
        Assert.False(result.Passed);
        var recovery = result.Checks.Single(c => c.Name == "recovery");
        Assert.False(recovery.Passed);
        Assert.Contains("could not locate required checkpoint record", recovery.Detail, StringComparison.Ordinal);
        Assert.Contains(result.Checks, c => c is { Name: "assertion: select true", Passed: false });
    }

    private static Task<VerifyResult> VerifyAsync(TestRepository repository, TestCluster cluster, BackupInfo backup, params string[] assertions)
    {
        PostgreSqlProvider.Register();
        return new VerificationEngine(
            repository.Repository,
            new VerifyOptions
            {
                Level = VerifyLevel.Restore,
                WorkFolder = cluster.Folder,
                Assertions = assertions,
                Thorough = true,
                Provider = new PostgreSqlOptions { ProgramFolder = cluster.Server.Programs },
            }).VerifyAsync(backup.Id, null, Token);
    }
}
