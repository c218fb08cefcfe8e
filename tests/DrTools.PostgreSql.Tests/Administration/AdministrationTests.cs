using DrTools.PostgreSql.Administration;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;
using DrTools.Sources;
using Npgsql;

namespace DrTools.PostgreSql.Tests.Administration;

public sealed class AdministrationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private sealed class EverythingIsThere : IWalArchiveCheck
    {
        public string Name => "an archive that was written to ahead";

        public ValueTask<IReadOnlyList<string>> FindMissingAsync(ulong systemIdentifier, IReadOnlyList<string> segments, CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<string>>([]);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public async Task Archiving_is_set_up_with_a_restart_and_proven(int version)
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.Find(version), settings: ["wal_level = minimal", "max_wal_senders = 0"]);
        var archive = new FolderArchive(cluster);
        var options = Options(archive) with { Restart = new ServerRestart(cluster.Address, new ServerRestartOptions()) };
        try
        {
            var plan = await new LogArchiveSetup(cluster.Address, options).PlanAsync(Cancel);
            Assert.Equal(["archive_command", "archive_mode", "archive_timeout", "wal_level"], plan.Select(c => c.Name));
            Assert.Equal(["archive_mode", "wal_level"], plan.Where(c => c.NeedsRestart).Select(c => c.Name));
            Assert.Equal("off", await cluster.QueryAsync<string>("show archive_mode"));

            var result = await new LogArchiveSetup(cluster.Address, options).RunAsync(Cancel);
            Assert.Equal(plan, result.Changes);
            Assert.False(result.RestartNeeded);
            Assert.True(result.Restart!.Passed, string.Join('\n', result.Restart.After));
            Assert.True(archive.Has(result.Proof!.Segment));
            Assert.Equal("1min", await cluster.QueryAsync<string>("show archive_timeout"));
            Assert.Equal("replica", await cluster.QueryAsync<string>("show wal_level"));

            // Once more changes nothing, and proves it again.
            var again = await new LogArchiveSetup(cluster.Address, options).RunAsync(Cancel);
            Assert.Empty(again.Changes);
            Assert.True(archive.Has(again.Proof!.Segment));
            Assert.NotEqual(result.Proof.Segment, again.Proof.Segment);

            var switched = await new LogSwitch(cluster.Address, new LogSwitchOptions()).RunAsync(Cancel);
            Assert.True(archive.Has(switched.Segment));
            Assert.True(string.CompareOrdinal(switched.Segment, again.Proof.Segment) > 0);
        }
        finally
        {
            TestServer.Run(Path.Combine(cluster.Server.Programs, "pg_ctl"), "stop", "-D", cluster.DataDirectory, "-m", "immediate");
        }
    }

    [Fact]
    public async Task Without_leave_to_restart_it_says_so()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        var result = await new LogArchiveSetup(cluster.Address, Options(new FolderArchive(cluster))).RunAsync(Cancel);
        Assert.True(result.RestartNeeded);
        Assert.Null(result.Proof);
        Assert.True(await cluster.QueryAsync<bool>("select pending_restart from pg_settings where name = 'archive_mode'"));
    }

    [Fact]
    public async Task What_does_not_work_is_taken_back()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15, settings: ["archive_mode = on"]);
        await cluster.ExecuteAsync("alter system set archive_timeout = 77");
        var archive = new FolderArchive(cluster);
        await File.WriteAllTextAsync(archive.Program, "#!/bin/sh\nexit 1\n", Cancel);
        var e = await Assert.ThrowsAsync<DrException>(() => new LogArchiveSetup(cluster.Address, Options(archive)).RunAsync(Cancel));
        Assert.Equal(DrError.LogMissing, e.Error);
        Assert.Contains("archive_command failed 3 times", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("The settings were put back as they were.", e.Message, StringComparison.Ordinal);
        await Task.Delay(200, Cancel);
        Assert.Equal(string.Empty, await cluster.QueryAsync<string>("show archive_command"));
        Assert.Equal("77s", await cluster.QueryAsync<string>("show archive_timeout"));
        Assert.Equal(1, await cluster.QueryAsync<long>("select count(*) from pg_file_settings where sourcefile like '%auto.conf'"));
    }

    /// <summary>Such a command ends the server's archiver, which pg_stat_archiver does not count: it used to take the whole of the
    /// time limit until that was told.</summary>
    [Theory]
    [InlineData(15, "exit 127", "is not found (exit code 127)", "--program, -Program", true)]
    [InlineData(17, "exit 126", "may not be run (exit code 126)", "Let the server's user run the program", true)]
    [InlineData(18, "kill -KILL $$", "was killed by signal 9", "kernel's log", true)]
    [InlineData(15, "exit 127", "the server's archiver ended", "See the server's log", false)]
    public async Task A_command_that_cannot_be_run_is_told_at_once(int version, string does, string says, string remedy, bool isCollected)
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.Find(version), settings: ["archive_mode = on", $"logging_collector = {(isCollected ? "on" : "off")}"]);
        var archive = new FolderArchive(cluster);
        await File.WriteAllTextAsync(archive.Program, $"#!/bin/sh\necho 'drtools: no luck today [Test]' >&2\n{does}\n", Cancel);
        var e = await Assert.ThrowsAsync<DrException>(() => new LogArchiveSetup(cluster.Address, Options(archive) with { Timeout = TimeSpan.FromMinutes(5) }).RunAsync(Cancel).WaitAsync(TimeSpan.FromMinutes(2), Cancel));
        Assert.Equal(DrError.LogMissing, e.Error);
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.Equal(isCollected, e.Message.Contains("The server's log says: drtools: no luck today [Test]", StringComparison.Ordinal));
        Assert.EndsWith("The settings were put back as they were.", e.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, e.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_archive_is_replaced_only_with_force()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15, settings: ["archive_mode = on", "archive_command = 'true'"]);
        var archive = new FolderArchive(cluster);
        var e = await Assert.ThrowsAsync<DrException>(() => new LogArchiveSetup(cluster.Address, Options(archive)).RunAsync(Cancel));
        Assert.Equal(DrError.ServerSetting, e.Error);
        Assert.Contains("archives already, with: true", e.Message, StringComparison.Ordinal);
        Assert.Contains("-Force", e.Remedy, StringComparison.Ordinal);
        var result = await new LogArchiveSetup(cluster.Address, Options(archive) with { Force = true }).RunAsync(Cancel);
        Assert.False(result.RestartNeeded);
        Assert.True(archive.Has(result.Proof!.Segment));
    }

    [Fact]
    public async Task A_user_who_may_not_change_settings_is_told_which()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15, settings: ["archive_mode = on"]);
        await cluster.ExecuteAsync("create role weak login");
        var e = await Assert.ThrowsAsync<DrException>(() => new LogArchiveSetup(cluster.Address with { User = "weak" }, Options(new FolderArchive(cluster))).RunAsync(Cancel));
        Assert.Equal(DrError.PrivilegeMissing, e.Error);
        Assert.Contains("GRANT ALTER SYSTEM ON PARAMETER archive_command, archive_timeout", e.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_is_switched_only_where_it_is_archived_and_waits_until_it_has_arrived()
    {
        await using var plain = await TestCluster.StartNewAsync(TestServer.V15);
        var e = await Assert.ThrowsAsync<DrException>(() => new LogSwitch(plain.Address, new LogSwitchOptions()).RunAsync(Cancel));
        Assert.Equal(DrError.ServerSetting, e.Error);
        Assert.Contains("archive_mode is off", e.Message, StringComparison.Ordinal);

        await using var slow = await TestCluster.StartNewAsync(TestServer.V15, settings: ["archive_mode = on", "archive_command = 'sleep 30'"]);
        e = await Assert.ThrowsAsync<DrException>(() => new LogSwitch(slow.Address, new LogSwitchOptions { Timeout = TimeSpan.FromMilliseconds(300) }).RunAsync(Cancel));
        Assert.Equal(DrError.LogMissing, e.Error);
        Assert.Contains("did not arrive in the archive: nothing came within 300 ms", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_switch_waits_for_earlier_segments_too_where_its_own_has_been_stored_ahead_of_them()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15, settings: ["archive_mode = on", "archive_command = 'sleep 0.5'"]);
        for (var i = 0; i < 3; i++)
        {
            await cluster.ExecuteAsync("select pg_create_restore_point('something')", "select pg_switch_wal()");
        }

        var switched = await new LogSwitch(cluster.Address, new LogSwitchOptions { Archive = new EverythingIsThere() }).RunAsync(Cancel);
        Assert.Equal(0L, await cluster.QueryAsync<long>($"select count(*) from pg_ls_archive_statusdir() where name like '%.ready' and name <= '{switched.Segment}.ready'"));
    }

    [Theory]
    [InlineData(15)]
    [InlineData(18)]
    public async Task A_restart_is_checked_before_and_after(int version)
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.Find(version));
        await cluster.ExecuteAsync("alter system set max_connections = 31");
        cluster.Configure("work_mem = 'plenty'");
        var restart = new ServerRestart(cluster.Address, new ServerRestartOptions());
        var e = await Assert.ThrowsAsync<DrException>(() => restart.RunAsync(Cancel));
        Assert.Equal(DrError.ServerSetting, e.Error);
        Assert.Contains("work_mem = 'plenty'", e.Message, StringComparison.Ordinal);
        Assert.Contains("would not start", e.Message, StringComparison.Ordinal);

        var file = Path.Combine(cluster.DataDirectory, "postgresql.conf");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, Cancel)).Replace("work_mem = 'plenty'", string.Empty, StringComparison.Ordinal), Cancel);
        await cluster.ExecuteAsync("select pg_reload_conf()");
        await Task.Delay(200, Cancel);
        await using var busy = await cluster.ConnectAsync();
        await new NpgsqlCommand("begin; select pg_current_xact_id()", busy).ExecuteNonQueryAsync(Cancel);
        try
        {
            var result = await restart.RunAsync(Cancel);
            Assert.True(result.Passed, string.Join('\n', result.After));
            Assert.Contains(result.Before, f => f.Check == "configuration" && f.Message.Contains("max_connections waits for the restart", StringComparison.Ordinal));
            Assert.Contains(result.Before, f => f.Check == "sessions" && f.Severity == FindingSeverity.Warning && f.Message.Contains("1 of them in a transaction", StringComparison.Ordinal));
            Assert.True(result.Downtime < TimeSpan.FromSeconds(30));
            Assert.Equal("31", await cluster.QueryAsync<string>("show max_connections"));
        }
        finally
        {
            TestServer.Run(Path.Combine(cluster.Server.Programs, "pg_ctl"), "stop", "-D", cluster.DataDirectory, "-m", "immediate");
        }
    }

    [Fact]
    public async Task A_service_command_that_fails_or_does_nothing_is_an_error()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        var failing = new ServerRestart(cluster.Address, new ServerRestartOptions { ServiceCommand = "echo no such unit; exit 5" });
        var e = await Assert.ThrowsAsync<DrException>(() => failing.RunAsync(Cancel));
        Assert.Equal(DrError.ServerFailure, e.Error);
        Assert.Contains("ended with 5: no such unit", e.Message, StringComparison.Ordinal);
        var idle = new ServerRestart(cluster.Address, new ServerRestartOptions { ServiceCommand = "true", Timeout = TimeSpan.FromMilliseconds(500) });
        e = await Assert.ThrowsAsync<DrException>(() => idle.RunAsync(Cancel));
        Assert.Equal(DrError.ServerFailure, e.Error);
        Assert.Contains("still runs since", e.Message, StringComparison.Ordinal);
    }

    private static LogArchiveOptions Options(FolderArchive archive) => new()
    {
        Command = new ArchiveCommand { Program = archive.Program, Repositories = ["/it's here"] },
        Archive = archive,
    };

    /// <summary>A folder, and a program that takes the arguments of <c>drtools wal push</c> and copies into it.</summary>
    private sealed class FolderArchive : IWalArchiveCheck
    {
        private readonly string _folder;

        public FolderArchive(TestCluster cluster)
        {
            _folder = Path.Combine(cluster.Folder, "archive");
            TestServer.Run("mkdir", _folder);
            Program = Path.Combine(cluster.Folder, "push");
            File.WriteAllText(Program, $"#!/bin/sh\n[ \"$1 $2 $4 $5\" = \"wal push --repo /it's here\" ] && cp \"$3\" {_folder}/\n");
            File.SetUnixFileMode(Program, (UnixFileMode)0x1ED);
        }

        public string Name => _folder;

        public string Program { get; }

        public bool Has(string segment) => File.Exists(Path.Combine(_folder, segment));

        public ValueTask<IReadOnlyList<string>> FindMissingAsync(ulong systemIdentifier, IReadOnlyList<string> segments, CancellationToken cancellationToken) =>
            ValueTask.FromResult<IReadOnlyList<string>>([.. segments.Where(s => !Has(s))]);
    }
}
