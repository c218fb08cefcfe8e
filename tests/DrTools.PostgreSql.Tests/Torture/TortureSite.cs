using System.Globalization;
using DrTools.Backup;
using DrTools.PostgreSql.Administration;
using DrTools.PostgreSql.Physical;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Tests.Torture;

/// <summary>A backup, and when it was taken.</summary>
/// <param name="Info">The backup.</param>
/// <param name="Begun">When it had not begun.</param>
/// <param name="Ended">When it was over.</param>
internal sealed record TakenBackup(PhysicalBackup Info, DateTimeOffset Begun, DateTimeOffset Ended);

/// <summary>A cluster that archives into an encrypted repository by the program, and is backed up into it.</summary>
internal sealed class TortureSite : IAsyncDisposable
{
    private static readonly TimeSpan ArchivePatience = TimeSpan.FromMinutes(4);

    private readonly List<TakenBackup> _backups = [];
    private int _void;
    private Repository? _repository;

    private TortureSite(TestCluster cluster) => Cluster = cluster;

    public TestCluster Cluster { get; }

    public Repository Repository => _repository!;

    public string KeyFile => Path.Combine(Cluster.Folder, "key");

    public string Source => new PhysicalSource(Cluster.Address).Name;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<TortureSite> StartAsync(TestServer server)
    {
        // Small segments and buffers, so that there are many of the ones, and the others are written out all the time.
        var cluster = await TestCluster.StartNewAsync(
            server,
            initdb: ["--data-checksums", "--wal-segsize=4"],
            settings:
            [
                "archive_mode = on", "archive_timeout = 0", "shared_buffers = 4MB", "checkpoint_timeout = 30s", "max_wal_size = 64MB", "min_wal_size = 32MB",
                "autovacuum_naptime = 2s", "track_commit_timestamp = on", "max_locks_per_transaction = 128", .. server.Version >= 17 ? (string[])["summarize_wal = on"] : [],
            ]);
        var site = new TortureSite(cluster);
        try
        {
            var repository = Path.Combine(cluster.Folder, "repo");
            TestServer.Run("sh", "-c", $"umask 077 && head -c 64 /dev/urandom > {site.KeyFile}");
            TestServer.Run(DrToolsProgram.Path, "init", repository, "--key-file", site.KeyFile);
            using (var credential = RepositoryCredential.FromKeyFile(site.KeyFile))
            {
                site._repository = await new RepositoryFactory().OpenAsync(repository, credential, Stop);
            }

            // On some versions with the program that works ahead, on others one call for each segment.
            var command = new ArchiveCommand
            {
                Program = DrToolsProgram.Path,
                Repositories = [repository],
                KeyFile = site.KeyFile,
                Arguments = server.Version == 15 ? [] : ["--async", "--spool", Path.Combine(cluster.Folder, "spool")],
            };
            await cluster.ExecuteAsync($"alter system set archive_command = '{command.ToString().Replace("'", "''", StringComparison.Ordinal)}'", "select pg_reload_conf()");
            await TortureLoad.PrepareAsync(cluster);
            await SchemaChanges.PrepareAsync(cluster);
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    public IReadOnlyList<TakenBackup> Backups()
    {
        lock (_backups)
        {
            return [.. _backups];
        }
    }

    /// <summary>Takes a backup, from the files or through the server. It may be void because a database was moved, but only if
    /// one was.</summary>
    public async Task BackUpAsync(BackupType type, bool throughServer, SchemaChanges schema)
    {
        var begun = DateTimeOffset.UtcNow;
        try
        {
            await BackUpAsync(type, throughServer, begun);
        }
        catch (DrException e) when (e.Error == DrError.SourceFailure && e.Message.Contains("moved to another tablespace", StringComparison.Ordinal))
        {
            // The change is recorded a moment after the move.
            var ended = DateTimeOffset.UtcNow;
            await Task.Delay(TimeSpan.FromSeconds(1), Stop);
            var moves = schema.History().Where(s => s.Statement.StartsWith(SchemaChanges.Move, StringComparison.Ordinal) && s.When.Confirmed > begun && s.When.Begun < ended).ToList();
            Assert.True(moves.Exists(m => m.Statement.Contains(e.Subject!, StringComparison.Ordinal)), $"{e.Message} None of {moves.Count} moves is one of it.");
            _void++;
        }
    }

    private async Task BackUpAsync(BackupType type, bool throughServer, DateTimeOffset begun)
    {
        var source = new ClusterSource(Cluster.Address, throughServer ? PhysicalTransport.Stream : PhysicalTransport.Local, new PhysicalSourceOptions { ProgramFolder = Cluster.Server.Programs, RowCountBudget = TimeSpan.FromSeconds(2) });
        var result = await new BackupEngine(Repository).RunAsync(source, new BackupOptions { Type = type, Parallelism = 2, WorkFolder = Cluster.Folder }, null, Stop);
        Assert.False(result.Backup.IsPartial, $"The {type} backup {result.Backup.Id} is partial: {string.Join("; ", result.Issues.Take(5))}");
        var backup = new TakenBackup(PhysicalBackup.TryFrom(result.Backup)!, begun, DateTimeOffset.UtcNow);
        lock (_backups)
        {
            _backups.Add(backup);
        }
    }

    /// <summary>Where the log ends now.</summary>
    public async Task<Lsn> PositionAsync()
    {
        await using var connection = await Cluster.ConnectAsync();
        return await TortureLoad.PositionAsync(connection);
    }

    /// <summary>Has everything archived that was written so far.</summary>
    /// <param name="copy">By a copy that archives too; by the original otherwise.</param>
    public async Task ArchiveAsync(TestCluster? copy = null)
    {
        var archive = new RepositoryWal(new LogArchive(Repository));
        await new LogSwitch((copy ?? Cluster).Address, new LogSwitchOptions { Archive = archive, Timeout = ArchivePatience }).RunAsync(Stop);
    }

    /// <summary>A named restore point, and when it was made.</summary>
    public async Task<Moment> NameAsync(string name)
    {
        await using var connection = await Cluster.ConnectAsync();
        var (begun, begunAt) = (DateTimeOffset.UtcNow, await TortureLoad.PositionAsync(connection));
        await using (var command = new Npgsql.NpgsqlCommand($"select pg_create_restore_point('{name}')", connection))
        {
            await command.ExecuteNonQueryAsync(Stop);
        }

        return Moment.At(name, new Span(begun, DateTimeOffset.UtcNow, begunAt, await TortureLoad.PositionAsync(connection)));
    }

    /// <summary>Restores into a folder: a new one, or one that holds an earlier copy and is brought up to date.</summary>
    public async Task<DatabaseRestoreResult> RestoreAsync(TestCluster copy, Moment moment, string? backup, bool delta, bool keepsArchiving = false)
    {
        var restore = new DatabaseRestore(Repository);
        var plan = await restore.PlanAsync(
            Source,
            new DatabaseRestoreOptions
            {
                DataDirectory = copy.DataDirectory,
                Target = moment.Target,
                BackupId = backup,
                Delta = delta,
                KeepArchiving = keepsArchiving,
                Parallelism = 2,
                ProgramFolder = Cluster.Server.Programs,
                Program = DrToolsProgram.Path,
                KeyFile = KeyFile,
                TablespaceMapping = new[] { "space1", "space2" }.ToDictionary(s => Path.Combine(Cluster.Folder, s), s => Path.Combine(copy.Folder, s), StringComparer.Ordinal),
            },
            Stop);
        return await restore.RestoreAsync(plan, null, Stop);
    }

    public async ValueTask DisposeAsync()
    {
        if (_repository is not null)
        {
            await _repository.DisposeAsync();
        }

        await Cluster.DisposeAsync();
    }

    public override string ToString() => string.Join(", ", Backups().GroupBy(b => b.Info.Info.Type).OrderBy(g => g.Key).Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Count()} {g.Key}"))) + string.Create(CultureInfo.InvariantCulture, $", {_void} void");
}
