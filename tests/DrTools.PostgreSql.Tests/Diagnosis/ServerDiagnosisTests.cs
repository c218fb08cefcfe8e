using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Diagnosis;
using DrTools.PostgreSql.Pages;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.Sources;
using Npgsql;

namespace DrTools.PostgreSql.Tests.Diagnosis;

public sealed class ServerDiagnosisTests
{
    private static readonly PhysicalSourceOptions WithWal = new() { IncludeWal = true };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public async Task A_healthy_server_passes(int version)
    {
        await using var cluster = await TestCluster.StartNewAsync(
            TestServer.Find(version),
            settings: ["archive_mode = on", "archive_command = 'true'", "logging_collector = on", "fsync = on", .. version >= 17 ? ["summarize_wal = on"] : Array.Empty<string>()]);
        await cluster.ExecuteAsync("select pg_switch_wal()");
        await WaitAsync(cluster, "select archived_count > 0 from pg_stat_archiver");
        var diagnosis = await new PhysicalSource(cluster.Address, WithWal).DiagnoseAsync(new DiagnosisContext(), Cancel);
        Assert.True(diagnosis.Passed, Text(diagnosis));
        Assert.StartsWith($"PostgreSQL {version}", diagnosis.Engine, StringComparison.Ordinal);
        foreach (var check in new[] { "connection", "privileges", "data directory", "wal_level", "data checksums", "clock", "archiving", "free space", "long transactions", "locks", "checksum failures", "error log" })
        {
            Assert.Contains(diagnosis.Findings, f => f.Check == check && f.Severity is FindingSeverity.Passed or FindingSeverity.Information);
        }

        Assert.DoesNotContain(diagnosis.Findings, f => f.Severity >= FindingSeverity.Warning && f.Check != "free space");
        Assert.All(diagnosis.Findings.Where(f => f.Severity >= FindingSeverity.Warning), f => Assert.NotNull(f.Remedy));
    }

    [Fact]
    public async Task Archiving_that_fails_is_an_error_and_its_absence_too()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15, settings: ["archive_mode = on", "archive_command = 'false'"]);
        await cluster.ExecuteAsync("select pg_switch_wal()");
        await WaitAsync(cluster, "select failed_count > 0 from pg_stat_archiver");
        var failing = Find(await DiagnoseAsync(cluster, WithWal), "archiving");
        Assert.Equal(FindingSeverity.Error, failing.Severity);
        Assert.StartsWith("Archiving fails: 000000010000000000000001 could not be archived", failing.Message, StringComparison.Ordinal);
        Assert.Contains("server's log", failing.Remedy, StringComparison.Ordinal);

        await using var plain = await TestCluster.StartNewAsync(TestServer.V15);
        Assert.Equal(FindingSeverity.Warning, Find(await DiagnoseAsync(plain, WithWal), "archiving").Severity);
        var none = Find(await DiagnoseAsync(plain, new PhysicalSourceOptions()), "archiving");
        Assert.Equal(FindingSeverity.Error, none.Severity);
        Assert.Contains("--include-wal", none.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sessions_slots_and_settings_that_do_harm_are_named()
    {
        await using var cluster = await TestCluster.StartNewAsync(
            TestServer.V15, settings: ["max_prepared_transactions = 2", "full_page_writes = off", "zero_damaged_pages = on", "max_replication_slots = 1"]);
        await cluster.ExecuteAsync(
            "create table t (i int)",
            "begin; insert into t values (1); prepare transaction 'forgotten'",
            "select pg_create_physical_replication_slot('abandoned', true)",
            "insert into t select generate_series(1, 1000)",
            "select pg_switch_wal()");
        await using var holder = await cluster.ConnectAsync();
        await new NpgsqlCommand("begin; create table held (i int)", holder).ExecuteNonQueryAsync(Cancel);
        await using var waiter = await cluster.ConnectAsync();
        var waiting = new NpgsqlCommand("create table held (i int)", waiter).ExecuteNonQueryAsync(Cancel);
        await WaitAsync(cluster, "select exists (select from pg_stat_activity where wait_event_type = 'Lock')");
        var limits = new DiagnosisLimits { LongTransaction = TimeSpan.Zero, LockWait = TimeSpan.Zero, SlotWal = 1 };
        var diagnosis = await new ServerDiagnosis(cluster.Address, "s", null, WithWal, limits).RunAsync(new DiagnosisContext(), Cancel);
        Assert.False(diagnosis.Passed);
        Assert.Contains(diagnosis.Findings, f => f.Check == "long transactions" && f.Message.Contains("'forgotten'", StringComparison.Ordinal) && f.Severity == FindingSeverity.Warning);
        Assert.Contains(diagnosis.Findings, f => f.Check == "long transactions" && f.Message.Contains($"Process {holder.ProcessID} ", StringComparison.Ordinal));
        Assert.Contains(diagnosis.Findings, f => f.Check == "locks" && f.Message.Contains($"process {holder.ProcessID} holds it", StringComparison.Ordinal));
        Assert.Contains(diagnosis.Findings, f => f.Check == "replication slots" && f.Message.Contains("abandoned has no consumer", StringComparison.Ordinal) && f.Remedy!.Contains("pg_drop_replication_slot('abandoned')", StringComparison.Ordinal));
        Assert.Contains(diagnosis.Findings, f => f.Check == "replication slots" && f.Severity == FindingSeverity.Error && f.Message.Contains("All 1 replication slots", StringComparison.Ordinal));
        Assert.Contains(diagnosis.Findings, f => f.Check == "full_page_writes" && f.Severity == FindingSeverity.Warning);
        Assert.Contains(diagnosis.Findings, f => f.Check == "zero_damaged_pages");
        Assert.Contains(diagnosis.Findings, f => f.Check == "fsync" && f.Severity == FindingSeverity.Error);
        await new NpgsqlCommand("rollback", holder).ExecuteNonQueryAsync(Cancel);
        await waiting;
    }

    [Fact]
    public async Task Damage_that_the_server_met_is_an_error()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15, settings: ["logging_collector = on", "fsync = on"]);
        await cluster.ExecuteAsync("create table t as select g from generate_series(1, 10000) g", "checkpoint");
        var file = Path.Combine(cluster.DataDirectory, await cluster.QueryAsync<string>("select pg_relation_filepath('t')"));
        await cluster.StopAsync();
        await using (var stream = new FileStream(file, FileMode.Open))
        {
            stream.Position = (3 * PageHeader.PageSize) + 5000;
            stream.WriteByte(99);
        }

        await cluster.StartAsync();
        await Assert.ThrowsAsync<PostgresException>(() => cluster.QueryAsync<long>("select count(*) from t"));
        await WaitAsync(cluster, "select exists (select from pg_stat_database where checksum_failures > 0)");
        var diagnosis = await DiagnoseAsync(cluster, WithWal);
        Assert.Equal(FindingSeverity.Error, Find(diagnosis, "checksum failures").Severity);
        Assert.Contains("1 page with a wrong checksum in postgres", Find(diagnosis, "checksum failures").Message, StringComparison.Ordinal);
        var log = Find(diagnosis, "error log");
        Assert.Equal(FindingSeverity.Error, log.Severity);
        Assert.Contains("invalid page in block 3", log.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_weak_user_is_told_what_is_missing_and_the_rest_is_looked_at()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V18);
        await cluster.ExecuteAsync("create role weak login");
        var diagnosis = await DiagnoseAsync(cluster, WithWal, cluster.Address with { User = "weak" });
        Assert.False(diagnosis.Passed);
        Assert.Contains("GRANT EXECUTE ON FUNCTION pg_backup_start", Find(diagnosis, "privileges").Remedy, StringComparison.Ordinal);
        Assert.Contains(diagnosis.Findings, f => f.Check == "locks");
        Assert.Contains(diagnosis.Findings, f => f.Remedy?.Contains("pg_monitor", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_one_finding()
    {
        var diagnosis = await new PhysicalSource(ServerAddress.Parse("//nobody@127.0.0.1:1"), WithWal).DiagnoseAsync(new DiagnosisContext(), Cancel);
        var finding = Assert.Single(diagnosis.Findings);
        Assert.Equal("connection", finding.Check);
        Assert.False(diagnosis.Passed);
        Assert.Null(diagnosis.Engine);
        Assert.Contains("Check that the server runs", finding.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_of_a_log_are_told_apart()
    {
        var log = ErrorLog.Parse(new StringReader("""
            2026-11-21 11:00:00.000 UTC [1] LOG:  database system is ready
            2026-11-21 11:00:01.000 UTC [2] ERROR:  relation "x" does not exist at character 15
            2026-11-21 11:00:01.000 UTC [2] STATEMENT:  select 'ERROR:  not one'
            2026-11-21 11:00:02.000 UTC [3] postgres@shop FATAL:  password authentication failed for user "y"
            2026-11-21 11:00:03.000 UTC [4] PANIC:  could not write to file "pg_wal/xlogtemp.4": No space left on device
            """));
        Assert.Equal((1, 1, 1), (log.Errors, log.Fatals, log.Panics));
        Assert.Contains("password authentication failed", log.LastError, StringComparison.Ordinal);
        Assert.Contains("No space left", Assert.Single(log.Damage), StringComparison.Ordinal);
    }

    private static async Task<SourceDiagnosis> DiagnoseAsync(TestCluster cluster, PhysicalSourceOptions options, ServerAddress? address = null) =>
        await new PhysicalSource(address ?? cluster.Address, options).DiagnoseAsync(new DiagnosisContext(), Cancel);

    private static SourceFinding Find(SourceDiagnosis diagnosis, string check) => diagnosis.Findings.Where(f => f.Check == check).MaxBy(f => f.Severity)!;

    private static string Text(SourceDiagnosis diagnosis) => string.Join('\n', diagnosis.Findings);

    private static async Task WaitAsync(TestCluster cluster, string condition)
    {
        while (!await cluster.QueryAsync<bool>(condition))
        {
            await Task.Delay(50, Cancel);
        }
    }
}
