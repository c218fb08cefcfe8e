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

    /// <summary>The script that is the archive_command; pgBackRest insists on its own name in it.</summary>
    public string ArchiveCommandFile => Path.Combine(folder, "archive-with-pgbackrest-and-drtools");

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
                synchronous_commit = off
                archive_mode = on
                archive_command = '{ArchiveCommandFile} %p'
                END
                """);
            Control("start");
            Run($"{Programs}/pgbench", "-h", folder, "-p", $"{Port}", "-U", "postgres", "-i", "-q", "-s", $"{Scale}", "-F", "90", "postgres");
            Sql("create extension if not exists pgcrypto");
            Sql("""
                create table words (id int, line text) with (fillfactor = 90);
                insert into words
                select i, string_agg(substr('lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor', 1 + (random() * 60)::int, 8), ' ')
                from generate_series(1, 900000) i, generate_series(1, 40) g group by i
                """);
            Sql("""
                create table blobs (id int, data bytea) with (fillfactor = 88);
                alter table blobs alter data set storage plain;
                insert into blobs select i, gen_random_bytes(900) from generate_series(1, 500000) i
                """);
            Sql("vacuum (freeze, analyze)");
            Sql("checkpoint");
            Run("touch", ready);
            return;
        }

        Control("start");
        Settle();
    }

    /// <summary>Stops it, if it runs.</summary>
    public void Stop()
    {
        if (File.Exists(Path.Combine(DataDirectory, "postmaster.pid")))
        {
            Control("stop");
        }
    }

    /// <summary>Changes one row on about a tenth of all pages, at random, and writes them out.</summary>
    public void UpdateATenth(int round)
    {
        // Rows of a page: 54, 21 and 7. What is updated stays on its page, as in a database that is kept well.
        Sql($"update pgbench_accounts set abalance = abalance + 1 where hashint4extended(aid, {round}) % 540 = 0");
        Sql($"update words set line = reverse(line) where hashint4extended(id, {round}) % 210 = 0");
        Sql($"update blobs set data = gen_random_bytes(900) where hashint4extended(id, {round}) % 70 = 0");
        Settle();
    }

    /// <summary>Whoever reads a row first notes on its page that its transaction has ended. That is not to happen during a
    /// backup.</summary>
    private void Settle()
    {
        Sql("select count(*) from pgbench_accounts; select count(*) from pgbench_tellers; select count(*) from pgbench_branches; select count(*) from pgbench_history; select count(*) from words; select count(*) from blobs");
        Sql("checkpoint");
    }

    /// <summary>Runs pgbench's transactions.</summary>
    public void RunTransactions(int count) => Run(
        $"{Programs}/pgbench", "-h", folder, "-p", $"{Port}", "-U", "postgres", "-n", "-c", "4", "-t", $"{count / 4}", "postgres");

    /// <summary>Ends the current WAL segment after something was written to it.</summary>
    public void SwitchLog() => Sql("select pg_switch_wal()");

    /// <summary>Waits until the archiver has done all that it can.</summary>
    public void WaitUntilArchived()
    {
        for (var i = 0; Sql("select count(*) from pg_ls_archive_statusdir() where name like '%.ready'") != "0"; i++)
        {
            if (i > 300)
            {
                throw new BenchmarkException($"The server does not archive; see {folder}/server.log.");
            }

            Thread.Sleep(200);
        }
    }

    public string Sql(string statement) => processes.Read(ServerUser.Command($"{Programs}/psql", "-h", folder, "-p", $"{Port}", "-U", "postgres", "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement, "postgres")).Trim();

    private void Run(params string[] command) => processes.Read(ServerUser.Command(command));

    private void Control(string action) =>
        Run($"{Programs}/pg_ctl", "-D", DataDirectory, "-w", "-t", "120", "-l", Path.Combine(folder, "server.log"), action);
}
