namespace DrTools.Benchmarks.PostgreSql;

/// <summary>
/// Segments of the log, one following the other, a third each of pgbench's transactions, of text and of random bytes. They are
/// made once and kept. For each run a folder is made that has of a data directory what archiving needs: the control file,
/// <c>pg_wal</c> with the segments, and <c>archive_status</c> that says that all of them wait.
/// </summary>
internal sealed class WalSegments(MeasuredProcess processes, BenchmarkCluster cluster, string folder)
{
    public const int Count = 48;

    private const int SegmentMiB = 16;

    private readonly string _server = Path.Combine(folder, "waiting");

    /// <summary>The folder that <see cref="Present"/> made, where the server would run archive_command.</summary>
    public string DataDirectory => _server;

    /// <summary>Their names, in order.</summary>
    public IReadOnlyList<string> Names { get; private set; } = [];

    private string Store => Path.Combine(folder, "segments");

    /// <summary>Their paths.</summary>
    public IEnumerable<string> Paths => Names.Select(n => Path.Combine(Store, n));

    /// <summary>Makes them where there are none of this cluster.</summary>
    /// <param name="archiveWith">Sets the cluster's archive_command.</param>
    public void Make(Action<string[]> archiveWith)
    {
        var made = Path.Combine(Store, "of-" + cluster.Sql("select system_identifier from pg_control_system()"));
        if (!File.Exists(made))
        {
            Folders.Remove(Store);
            As("mkdir", "-p", "-m", "0700", Store);
            archiveWith([]);
            cluster.SwitchLog();
            cluster.WaitUntilArchived();
            archiveWith([$"case $1 in *.*) ;; *) cp \"$1\" {Store}/ ;; esac"]);
            Write();
            archiveWith([]);
            As("touch", made);
        }

        Names = [.. Directory.GetFiles(Store).Select(f => Path.GetFileName(f)!).Where(n => n.Length == 24).Order(StringComparer.Ordinal).Take(Count)];
        if (Names.Count < Count)
        {
            throw new BenchmarkException($"The server archived only {Names.Count} of {Count} segments; remove {Store}.");
        }
    }

    /// <summary>Puts them before an archiver, as a server does whose archiving was away.</summary>
    public void Present()
    {
        Folders.Remove(_server);
        As("sh", "-c", $"""
            umask 077 && mkdir -p {_server}/global {_server}/pg_wal/archive_status && cp {cluster.DataDirectory}/PG_VERSION {_server}/ &&
            cp {cluster.DataDirectory}/global/pg_control {_server}/global/ && cd {Store} &&
            for name in {string.Join(' ', Names)}; do ln $name {_server}/pg_wal/$name && : > {_server}/pg_wal/archive_status/$name.ready || exit 1; done
            """);
    }

    /// <summary>As the server does with a segment that is archived.</summary>
    public void Done(string name)
    {
        var status = Path.Combine(_server, "pg_wal", "archive_status", name);
        File.Move(status + ".ready", status + ".done");
    }

    private void Write()
    {
        const int rounds = 16;
        var start = cluster.Sql("select pg_current_wal_lsn()");
        cluster.Sql("create table log_text (like words); create table log_blobs (like blobs)");
        try
        {
            for (var round = 0; round < rounds || Written() < (Count + 1) * SegmentMiB; round++)
            {
                Until(() => cluster.RunTransactions(1_000));
                Until(() => cluster.Sql($"insert into log_text select * from words where id % 60 = {round % 60}"));
                Until(() => cluster.Sql("insert into log_blobs select i, gen_random_bytes(900) from generate_series(1, 4000) i"));
            }

            cluster.SwitchLog();
            cluster.WaitUntilArchived();
        }
        finally
        {
            cluster.Sql("drop table log_text, log_blobs");
        }

        double Written() => double.Parse(
            cluster.Sql($"select pg_wal_lsn_diff(pg_current_wal_lsn(), '{start}') / 1048576"), System.Globalization.CultureInfo.InvariantCulture);

        // About a segment of each kind in a round.
        void Until(Action write)
        {
            for (var end = Written() + SegmentMiB; Written() < end;)
            {
                write();
            }
        }
    }

    private void As(params string[] command) => processes.Read(ServerUser.Command(command));
}
