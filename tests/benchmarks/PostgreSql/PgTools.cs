using System.Globalization;

namespace DrTools.Benchmarks.PostgreSql;

/// <summary>A program that backs up a cluster, as the benchmarks drive it.</summary>
internal interface IClusterTool
{
    string Name { get; }

    /// <summary>Makes the repository empty and new.</summary>
    void Reset();

    Measurement Backup(string type);

    /// <summary>Restores the last backup into a new folder, without starting it.</summary>
    Measurement Restore(string target);

    /// <summary>Bytes that the repository takes for backups, without archived WAL.</summary>
    long StoredBytes();
}

/// <summary>A program that archives with a process in the background.</summary>
internal interface IAsyncArchiver
{
    string Name { get; }

    /// <summary>Makes the repository empty and new.</summary>
    void Reset();

    /// <summary>Where archived segments lie in the repository.</summary>
    string LogFolder { get; }

    /// <summary>The archive_command of a server.</summary>
    string AsyncArchiveCommand(string dataDirectory);
}

/// <summary>The program that is measured.</summary>
internal sealed class DrClusterTool(MeasuredProcess processes, BenchmarkCluster cluster, string program, string folder) : IClusterTool, IAsyncArchiver
{
    private readonly string _repository = Path.Combine(folder, "repo-drtools");
    private readonly string _keyFile = Path.Combine(folder, "key");

    public string Name => "drtools";

    /// <summary>The command that archives one segment.</summary>
    public string ArchiveCommand => $"{program} wal push \"$1\" --repo {_repository} --key-file {_keyFile}";

    public string LogFolder => Path.Combine(_repository, "logs");

    public string AsyncArchiveCommand(string dataDirectory) =>
        $"{program} wal push %p --async --jobs 2 --repo {_repository} --key-file {_keyFile} --spool {Path.Combine(folder, "spool")}";

    public void Reset()
    {
        Folders.Remove(_repository);
        processes.Read(ServerUser.Command("sh", "-c", $"test -e {_keyFile} || (umask 077 && head -c 32 /dev/urandom > {_keyFile})"));
        processes.Read(ServerUser.Command(program, "init", _repository, "--key-file", _keyFile));
    }

    public Measurement Backup(string type) => processes.Run(
        ServerUser.Command(program, "backup", cluster.Source, "--repo", _repository, "--key-file", _keyFile, "--type", type, "--parallel", "2", "--quiet"));

    public Measurement Restore(string target) => processes.Run(
        ServerUser.Command(program, "restore", "latest", "--repo", _repository, "--key-file", _keyFile, "--target", target, "--quiet"));

    public long StoredBytes() => Folders.Size(Path.Combine(_repository, "packs")) + Folders.Size(Path.Combine(_repository, "manifests"));
}

/// <summary>pgBackRest with two processes, Zstandard 3 and encryption.</summary>
internal sealed class PgBackRestTool(MeasuredProcess processes, BenchmarkCluster cluster, string folder) : IClusterTool, IAsyncArchiver
{
    private readonly string _repository = Path.Combine(folder, "repo-pgbackrest");
    private readonly string _configuration = Path.Combine(folder, "pgbackrest.conf");

    public string Name => "pgbackrest";

    /// <summary>The command that archives one segment.</summary>
    public string ArchiveCommand => $"pgbackrest --config={_configuration} --stanza={BenchmarkCluster.Stanza} archive-push \"$1\"";

    public string LogFolder => Path.Combine(_repository, "archive", BenchmarkCluster.Stanza, "15-1");

    public string AsyncArchiveCommand(string dataDirectory) =>
        $"pgbackrest --config={_configuration} --stanza={BenchmarkCluster.Stanza} --pg1-path={dataDirectory} --archive-async archive-push %p";

    public void Reset()
    {
        Folders.Remove(_repository);
        processes.Read(ServerUser.Command("sh", "-c", $"""
            cat > {_configuration} <<'END'
            [global]
            repo1-path={_repository}
            repo1-cipher-type=aes-256-cbc
            repo1-cipher-pass=a-passphrase-for-benchmarks-of-some-length
            repo1-retention-full=9
            compress-type=zst
            compress-level=3
            process-max=2
            start-fast=y
            archive-async=n
            log-level-console=warn
            log-level-file=off
            lock-path={folder}/lock
            spool-path={folder}/spool
            [{BenchmarkCluster.Stanza}]
            pg1-path={cluster.DataDirectory}
            pg1-port={BenchmarkCluster.Port.ToString(CultureInfo.InvariantCulture)}
            pg1-socket-path={cluster.Folder}
            pg1-user=postgres
            END
            mkdir -p {_repository}
            """));
        processes.Read(Command("stanza-create"));
    }

    public Measurement Backup(string type) => processes.Run(Command("--type=" + Short(type), "backup"));

    public Measurement Restore(string target) => processes.Run(Command("--pg1-path=" + target, "restore"));

    public long StoredBytes() => Folders.Size(Path.Combine(_repository, "backup"));

    private static string Short(string type) => type switch { "incremental" => "incr", "differential" => "diff", _ => type };

    private string[] Command(params string[] arguments) =>
        ServerUser.Command(["pgbackrest", $"--config={_configuration}", $"--stanza={BenchmarkCluster.Stanza}", .. arguments]);
}

/// <summary>PostgreSQL's own: one stream, no encryption, full backups only.</summary>
internal sealed class PgBaseBackupTool(MeasuredProcess processes, BenchmarkCluster cluster, string folder)
{
    private readonly string _target = Path.Combine(folder, "basebackup");

    public Measurement Backup()
    {
        Folders.Remove(_target);
        return processes.Run(ServerUser.Command(
            "/usr/lib/postgresql/15/bin/pg_basebackup", "-h", cluster.Folder, "-p", $"{BenchmarkCluster.Port}", "-U", "postgres", "-D", _target,
            "-Ft", "--compress=client-zstd:level=3,workers=2", "-X", "none", "-c", "fast", "--no-sync"));
    }

    public long StoredBytes() => Folders.Size(_target);
}
