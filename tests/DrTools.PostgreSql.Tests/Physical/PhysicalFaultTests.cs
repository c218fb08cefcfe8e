using DrTools.Backup;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Pages;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.PostgreSql.Tests.Physical;

/// <summary>Whatever goes wrong, nothing is lost silently, and the error says what to do.</summary>
public sealed class PhysicalFaultTests
{
    private static readonly PhysicalSourceOptions WithWal = new() { IncludeWal = true };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(15)]
    [InlineData(18)]
    public async Task A_damaged_page_is_named_again_and_again_until_it_is_repaired(int version)
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.Find(version), settings: ["autovacuum = off", "full_page_writes = on"]);
        await using var repository = await TestRepository.CreateAsync();
        await cluster.ExecuteAsync("create table t as select g, repeat('x', 500) t from generate_series(1, 5000) g", "vacuum t", "checkpoint");
        var file = await cluster.QueryAsync<string>("select pg_relation_filepath('t')");
        var source = new PhysicalSource(cluster.Address, WithWal);
        var healthy = await repository.BackUpAsync(source, BackupType.Full);
        Assert.False(healthy.Backup.IsPartial);

        await FlipAsync(cluster, file, 7, 4000);
        await FlipAsync(cluster, file, 8, 4000);
        await FlipAsync(cluster, file, 12, 100);
        foreach (var type in new[] { BackupType.Full, BackupType.Incremental, BackupType.Incremental })
        {
            var result = await repository.BackUpAsync(source, type);
            Assert.True(result.Backup.IsPartial);
            var issue = Assert.Single(result.Issues);
            Assert.Equal(file, issue.Path);
            Assert.True(issue.IsLoss);
            Assert.StartsWith($"Blocks 7–8, 12 of the relation file {file} are damaged on disk", issue.Problem, StringComparison.Ordinal);
            Assert.Equal(file, result.Backup.Facts.Details["damaged"]);
            Assert.Equal("3", result.Backup.Facts.Details["damagedPages"]);
        }

        // The pages are put right with the LSNs that they had: their LSN would let the damaged ones stand.
        await FlipAsync(cluster, file, 7, 4000);
        await FlipAsync(cluster, file, 8, 4000);
        await FlipAsync(cluster, file, 12, 100);
        var repaired = await repository.BackUpAsync(source);
        Assert.False(repaired.Backup.IsPartial);
        Assert.Equal(BackupType.Incremental, repaired.Backup.Type);
        await using var copy = await repository.RestoreAsync(repaired.Backup, cluster.Server);
        await copy.StartAsync();
        Assert.Equal(5000, await copy.QueryAsync<long>("select count(*) from t where length(t) = 500"));
    }

    [Theory]
    [InlineData(15, false)]
    [InlineData(17, false)]
    [InlineData(17, true)]
    public async Task Without_checksums_changes_still_give_the_bytes_that_a_full_backup_gives(int version, bool hints)
    {
        var server = TestServer.Find(version);
        await using var cluster = await TestCluster.StartNewAsync(
            server, initdb: ["--encoding=UTF8"], settings: ["autovacuum = off", .. hints ? ["wal_log_hints = on"] : Array.Empty<string>(), .. version >= 17 ? ["summarize_wal = on"] : Array.Empty<string>()]);
        Assert.Equal("off", await cluster.QueryAsync<string>("show data_checksums"));
        await using var repository = await TestRepository.CreateAsync();
        await LedgerLoad.PrepareAsync(cluster);
        await cluster.ExecuteAsync("checkpoint");
        var source = new PhysicalSource(cluster.Address, WithWal);
        Assert.Equal("off", (await repository.BackUpAsync(source, BackupType.Full)).Backup.Facts.Details["checksums"]);

        // Reading sets hint bits; vacuum marks pages as visible to all. Neither moves an LSN here, unless hints are logged.
        await cluster.ExecuteAsync("select count(*) from accounts", "vacuum accounts", "update accounts set balance = 1 where id = 77", "select count(*) from accounts", "vacuum", "select count(*) from pg_database", "checkpoint", "select count(*) from pg_database");
        var changes = (await repository.BackUpAsync(source)).Backup;
        var full = (await repository.BackUpAsync(source, BackupType.Full)).Backup;
        Assert.Equal(BackupType.Incremental, changes.Type);
        await using var fromChanges = await repository.RestoreAsync(changes, server);
        await using var fromFull = await repository.RestoreAsync(full, server);
        DataFiles.AssertSame(fromFull.DataDirectory, fromChanges.DataDirectory);
        await fromChanges.StartAsync();
        Assert.Equal(1, await fromChanges.QueryAsync<long>("select sum(balance)::bigint from accounts"));
    }

    [Fact]
    public async Task Where_nothing_changed_hardly_anything_is_read()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15, settings: ["autovacuum = off"]);
        await using var repository = await TestRepository.CreateAsync();
        await LedgerLoad.PrepareAsync(cluster);
        await cluster.ExecuteAsync("vacuum", "checkpoint");
        await Task.Delay(200, Cancel);
        var source = new PhysicalSource(cluster.Address, WithWal);
        var full = (await repository.BackUpAsync(source, BackupType.Full)).Backup;
        var second = (await repository.BackUpAsync(source)).Backup;
        Assert.True(second.FilesRead < 15, $"{second.FilesRead} of {full.FilesRead} files were read.");
        Assert.InRange(second.Files, full.Files - 10, full.Files + 10);
    }

    [Theory]
    [InlineData(17)]
    [InlineData(18)]
    public async Task With_summaries_unchanged_pages_are_not_even_read(int version)
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.Find(version), settings: ["autovacuum = off", "summarize_wal = on"]);
        await using var repository = await TestRepository.CreateAsync();
        await cluster.ExecuteAsync("create table t as select g, repeat('x', 1000) t from generate_series(1, 50000) g", "vacuum", "checkpoint");
        var source = new PhysicalSource(cluster.Address, WithWal);
        await repository.BackUpAsync(source, BackupType.Full);
        await cluster.ExecuteAsync("update t set t = repeat('y', 1000) where g in (5, 20000, 40000)");
        var changes = await repository.BackUpAsync(source);
        Assert.DoesNotContain(changes.Notes, n => n.Contains("summary", StringComparison.Ordinal));
        Assert.True(changes.Backup.ReadBytes < 30_000_000, $"{changes.Backup.ReadBytes} bytes were read.");
        await using var copy = await repository.RestoreAsync(changes.Backup, cluster.Server);
        await copy.StartAsync();
        Assert.Equal(3, await copy.QueryAsync<long>("select count(*) from t where t like 'y%'"));
        Assert.Equal(50000, await copy.QueryAsync<long>("select count(*) from t where length(t) = 1000"));
    }

    [Fact]
    public async Task A_backup_counts_only_when_its_log_has_been_archived()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15, settings: ["archive_mode = on", "archive_command = 'false'"]);
        await using var repository = await TestRepository.CreateAsync();
        var impatient = new PhysicalSource(cluster.Address, new PhysicalSourceOptions { ArchiveTimeout = TimeSpan.FromMilliseconds(300) });
        var e = await Assert.ThrowsAsync<DrException>(() => repository.BackUpAsync(impatient, BackupType.Full));
        Assert.Equal(DrError.LogMissing, e.Error);
        Assert.Contains("did not arrive in the server's archive within 300 ms: 0000000100000000", e.Message, StringComparison.Ordinal);
        Assert.Contains("pg_stat_archiver", e.Remedy, StringComparison.Ordinal);

        var archive = Path.Combine(cluster.Folder, "archive");
        TestServer.Run("mkdir", archive);
        cluster.Configure($"archive_command = 'cp %p {archive}/%f'");
        await cluster.ExecuteAsync("select pg_reload_conf()");
        var backup = (await repository.BackUpAsync(new PhysicalSource(cluster.Address), BackupType.Full)).Backup;
        Assert.Equal("false", backup.Facts.Details["walIncluded"]);
        Assert.True(File.Exists(Path.Combine(archive, backup.Facts.Details["startWal"])));
        Assert.True(File.Exists(Path.Combine(archive, backup.Facts.Details["stopWal"])));

        await using var copy = await repository.RestoreAsync(backup, cluster.Server);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(copy.DataDirectory, "pg_wal")));
        copy.Configure($"restore_command = 'cp {archive}/%f %p'");
        TestServer.Run("touch", Path.Combine(copy.DataDirectory, "recovery.signal"));
        await copy.StartAsync();
        Assert.Equal(15, await copy.QueryAsync<int>("select current_setting('server_version_num')::int / 10000"));
    }

    [Fact]
    public async Task The_archive_that_was_asked_for_has_the_word()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        await using var repository = await TestRepository.CreateAsync();
        var archive = new FakeArchive();
        var backup = (await repository.BackUpAsync(new PhysicalSource(cluster.Address, new PhysicalSourceOptions { Archive = archive }), BackupType.Full)).Backup;
        Assert.Equal(3, archive.Asked);
        Assert.Equal(backup.Facts.Details["systemIdentifier"], archive.System.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(backup.Facts.Details["startWal"], archive.Segments[0]);
        Assert.Equal(backup.Facts.Details["stopWal"], archive.Segments[^1]);
    }

    [Fact]
    public async Task Settings_and_privileges_that_are_missing_are_named_with_what_to_do()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        await cluster.ExecuteAsync("create role weak login", "create role reader login", "grant pg_read_all_settings to reader",
            "grant execute on function pg_backup_start(text, boolean), pg_backup_stop(boolean) to reader, weak");
        await cluster.ExecuteAsync("create role nobody login");
        var e = await FailsAsync(new PhysicalSource(cluster.Address));
        Assert.Equal(DrError.ServerSetting, e.Error);
        Assert.Contains("archive_mode is off", e.Message, StringComparison.Ordinal);
        Assert.Contains("-IncludeLog", e.Remedy, StringComparison.Ordinal);

        e = await FailsAsync(new PhysicalSource(cluster.Address with { User = "nobody" }, WithWal));
        Assert.Equal(DrError.PrivilegeMissing, e.Error);
        Assert.Contains("GRANT EXECUTE ON FUNCTION pg_backup_start", e.Remedy, StringComparison.Ordinal);

        e = await FailsAsync(new PhysicalSource(cluster.Address with { User = "reader" }, WithWal));
        Assert.Equal(DrError.PrivilegeMissing, e.Error);
        Assert.Contains("REPLICATION", e.Remedy, StringComparison.Ordinal);

        var archived = new PhysicalSourceOptions { Archive = new FakeArchive() };
        e = await FailsAsync(new PhysicalSource(cluster.Address with { User = "weak" }, archived));
        Assert.Equal(DrError.PrivilegeMissing, e.Error);
        Assert.Contains("pg_read_all_settings", e.Remedy, StringComparison.Ordinal);

        await using var repository = await TestRepository.CreateAsync();
        Assert.False((await repository.BackUpAsync(new PhysicalSource(cluster.Address with { User = "reader" }, archived), BackupType.Full)).Backup.IsPartial);
    }

    [Fact]
    public async Task The_data_directory_of_another_server_is_refused()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        await using var other = await TestCluster.StartNewAsync(TestServer.V15, freshIdentity: true);
        var e = await FailsAsync(new PhysicalSource(cluster.Address, WithWal with { DataDirectory = other.DataDirectory }));
        Assert.Equal(DrError.SourceMissing, e.Error);
        Assert.Contains("another cluster", e.Message, StringComparison.Ordinal);

        // Made from the same template: the same identifier, but not this server's.
        await using var twin = await TestCluster.StartNewAsync(TestServer.V15);
        e = await FailsAsync(new PhysicalSource(cluster.Address, WithWal with { DataDirectory = twin.DataDirectory }));
        Assert.Equal(DrError.SourceMissing, e.Error);
        Assert.Contains("postmaster.pid", e.Message, StringComparison.Ordinal);
        Assert.Contains("postmaster.pid", await PhysicalSource.WhyNotAsync(cluster.Address, WithWal with { DataDirectory = twin.DataDirectory }, Cancel), StringComparison.Ordinal);
        Assert.Null(await PhysicalSource.WhyNotAsync(cluster.Address, WithWal, Cancel));
        e = await FailsAsync(new PhysicalSource(cluster.Address, WithWal with { DataDirectory = "/nonexistent" }));
        Assert.Equal(DrError.SourceMissing, e.Error);
    }

    [Fact]
    public async Task A_server_that_ends_makes_the_backup_void_and_the_next_one_is_whole()
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        await using var repository = await TestRepository.CreateAsync();
        await LedgerLoad.PrepareAsync(cluster);
        var source = new PhysicalSource(cluster.Address, WithWal);
        var e = await Assert.ThrowsAsync<DrException>(() => repository.BackUpAsync(new Interrupted(source, () => cluster.CrashAsync()), BackupType.Full));
        Assert.Equal(DrError.ServerUnreachable, e.Error);
        Assert.Contains("did not complete the backup, which is void", e.Message, StringComparison.Ordinal);
        Assert.Empty(await new BackupCatalog(repository.Repository).ListAsync(new BackupFilter(), Cancel));

        await cluster.StartAsync();
        var result = await repository.BackUpAsync(source);
        Assert.Contains(result.Notes, n => n.Contains("is reused", StringComparison.Ordinal));
        await using var copy = await repository.RestoreAsync(result.Backup, cluster.Server);
        await copy.StartAsync();
        Assert.Equal(20000, await copy.QueryAsync<long>("select count(*) from accounts"));
    }

    [Fact]
    public async Task After_recovery_to_before_the_parent_the_parent_is_refused()
    {
        var server = TestServer.V15;
        await using var cluster = await TestCluster.StartNewAsync(server, settings: ["autovacuum = off"]);
        await using var repository = await TestRepository.CreateAsync();
        await LedgerLoad.PrepareAsync(cluster);
        var source = new PhysicalSource(cluster.Address, WithWal);
        var first = (await repository.BackUpAsync(source, BackupType.Full)).Backup;
        await cluster.ExecuteAsync("update accounts set balance = 1");
        await repository.BackUpAsync(source);
        await cluster.StopAsync();

        // The cluster is put back to the first backup and promoted: another history from there on, at the same address.
        await using var copy = await repository.RestoreAsync(first, server);
        Directory.Delete(cluster.DataDirectory, recursive: true);
        TestServer.Run("mv", copy.DataDirectory, cluster.DataDirectory);
        TestServer.Run("touch", Path.Combine(cluster.DataDirectory, "recovery.signal"));
        cluster.Configure("restore_command = 'false'");
        await cluster.StartAsync();
        await WaitForAsync(cluster, "select not pg_is_in_recovery()");
        await cluster.ExecuteAsync("update accounts set balance = 2 where id % 2 = 0", "update accounts set balance = 2 where id % 2 = 0");
        Assert.Equal(2, await cluster.QueryAsync<int>("select timeline_id from pg_control_checkpoint()"));

        var result = await repository.BackUpAsync(source);
        Assert.Equal(first.Id, result.Backup.ParentId ?? first.Id);
        Assert.Contains(result.Notes, n => n.Contains("this cluster left that timeline at", StringComparison.Ordinal));
        await using var second = await repository.RestoreAsync(result.Backup, server);
        await second.StartAsync();
        Assert.Equal(20000, await second.QueryAsync<long>("select sum(balance)::bigint from accounts"));
    }

    private static async Task<DrException> FailsAsync(PhysicalSource source) => await Assert.ThrowsAsync<DrException>(async () =>
    {
        var session = await source.OpenAsync(new SourceContext { WorkFolder = Path.GetTempPath(), Report = _ => { } }, Cancel);
        await session.DisposeAsync();
    });

    private static async Task WaitForAsync(TestCluster cluster, string condition)
    {
        while (!await cluster.QueryAsync<bool>(condition))
        {
            await Task.Delay(50, Cancel);
        }
    }

    /// <summary>Changes a bit on disk behind the back of a server, which does not have the page in memory.</summary>
    private static async Task FlipAsync(TestCluster cluster, string file, int block, int offset)
    {
        await using var stream = new FileStream(Path.Combine(cluster.DataDirectory, file), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        stream.Position = ((long)block * PageHeader.PageSize) + offset;
        var value = stream.ReadByte();
        stream.Position--;
        stream.WriteByte((byte)(value ^ 4));
    }

    private sealed class FakeArchive : IWalArchiveCheck
    {
        public string Name => "a fake";

        public int Asked { get; private set; }

        public ulong System { get; private set; }

        public IReadOnlyList<string> Segments { get; private set; } = [];

        public ValueTask<IReadOnlyList<string>> FindMissingAsync(ulong systemIdentifier, IReadOnlyList<string> segments, CancellationToken cancellationToken)
        {
            Segments = Segments.Count == 0 ? segments : Segments;
            System = systemIdentifier;
            return ValueTask.FromResult(++Asked < 3 ? segments : []);
        }
    }
}

/// <summary>Lets something happen when the files have been read and the backup is about to be stopped.</summary>
internal sealed class Interrupted(ISource source, Func<Task> happening) : ISource
{
    public string Name => source.Name;

    public async ValueTask<SourceSession> OpenAsync(SourceContext context, CancellationToken cancellationToken) =>
        new Session(await source.OpenAsync(context, cancellationToken), happening);

    public ValueTask<IReadOnlyList<SourceCheck>> CheckRestoredAsync(string restored, SourceFacts facts, CancellationToken cancellationToken) =>
        source.CheckRestoredAsync(restored, facts, cancellationToken);

    private sealed class Session(SourceSession session, Func<Task> happening) : SourceSession
    {
        public override SourceFacts Facts => session.Facts;

        public override int FormatVersion => session.FormatVersion;

        public override bool DetectsChanges => session.DetectsChanges;

        public override bool IsOrdered => session.IsOrdered;

        public override bool Accept(BackupInfo parent, out string? why) => session.Accept(parent, out why);

        public override bool IsUnchanged(TreeEntry entry, TreeEntry before) => session.IsUnchanged(entry, before);

        public override IEnumerable<TreeEntry> ReadEntries(CancellationToken cancellationToken) => session.ReadEntries(cancellationToken);

        public override SourceContent Open(TreeEntry entry) => session.Open(entry);

        public override async IAsyncEnumerable<TreeEntry> ReadFinalEntriesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await happening();
            await foreach (var entry in session.ReadFinalEntriesAsync(cancellationToken))
            {
                yield return entry;
            }
        }

        public override async ValueTask DisposeAsync()
        {
            await session.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
