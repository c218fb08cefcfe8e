using System.Globalization;

namespace DrTools.Benchmarks.PostgreSql;

/// <summary>
/// A cluster of some 2.5 GB of mixed data: pgbench's tables, text, and random bytes; checksums on. It is made once in the
/// scratch folder and kept.
/// </summary>
internal sealed class BenchmarkCluster(MeasuredProcess processes, string folder)
{
    private const string Programs = "/usr/lib/postgresql/15/bin";
    private const int Scale = 100;

    /// <summary>Its name for pgBackRest.</summary>
    public const string Stanza = "bench";

    public static int Port => 54329;

    public string Folder => folder;

    public string DataDirectory => Path.Combine(folder, "data");

    public string ArchiveCommandFile => Path.Combine(folder, "archive");

    /// <summary>What drtools calls it.</summary>
    public string Source => $"postgresql:host={folder} port={Port.ToString(CultureInfo.InvariantCulture)} user=postgres";

    /// <summary>Starts it, after making it where it does not exist.</summary>
    public void Start()
    {
        var ready = Path.Combine(folder, "ready");
        if (!File.Exists(ready))
        {
            Folders.Remove(folder);
            processes.Run(["mkdir", "-p", folder]);
            if (Environment.UserName == "root")
            {
                processes.Run(["chown", "postgres:postgres", folder]);
            }

            Run($"{Programs}/initdb", "-D", DataDirectory, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-k", "-N");
            Run("sh", "-c", $"printf '#!/bin/sh\\nexit 0\\n' > {ArchiveCommandFile} && chmod 700 {ArchiveCommandFile}");
            Run("sh", "-c", $"""
                cat >> {DataDirectory}/postgresql.conf <<'END'
                listen_addresses = ''
                port = {Port}
                unix_socket_directories = '{folder}'
                shared_buffers = 512MB
                max_wal_size = 4GB
                checkpoint_timeout = 1h
                autovacuum = off
                archive_mode = on
                archive_command = '{ArchiveCommandFile} %p'
                END
                """);
            Control("start");
            Run($"{Programs}/pgbench", "-h", folder, "-p", $"{Port}", "-U", "postgres", "-i", "-q", "-s", $"{Scale}", "-F", "90", "postgres");
            Sql("create extension if not exists pgcrypto");
            Sql("""
                create table words as
                select i as id, string_agg(substr('lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor', 1 + (random() * 60)::int, 8), ' ') as line
                from generate_series(1, 600000) i, generate_series(1, 40) g group by i
                """);
            Sql("create table blobs as select i as id, gen_random_bytes(7000) as data from generate_series(1, 60000) i");
            Sql("vacuum (freeze, analyze)");
            Sql("checkpoint");
            Run("touch", ready);
            return;
        }

        Control("start");
    }

    public void Stop() => Control("stop");

    /// <summary>Changes one row on about a tenth of all pages, at random, and writes them out.</summary>
    public void UpdateATenth(int round)
    {
        Sql($"update pgbench_accounts set abalance = abalance + {round} where aid % 54 = {round % 54} and abs(hashint4(aid / 54 + {round})) % 100 < 18");
        Sql("checkpoint");
    }

    /// <summary>Ends the current WAL segment after something was written to it.</summary>
    public void SwitchLog() => Sql("select pg_switch_wal()");

    public string Sql(string statement) => processes.Read(ServerUser.Command($"{Programs}/psql", "-h", folder, "-p", $"{Port}", "-U", "postgres", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement, "postgres")).Trim();

    private void Run(params string[] command) => processes.Read(ServerUser.Command(command));

    private void Control(string action) =>
        Run($"{Programs}/pg_ctl", "-D", DataDirectory, "-w", "-t", "120", "-l", Path.Combine(folder, "server.log"), action);
}
