namespace DrTools.Benchmarks.PostgreSql;

/// <summary>
/// Asynchronous archiving of segments that wait, against pgBackRest, and against nothing but the compression of the same bytes.
/// Once with a call for each segment, as the server makes them, and once with a single call, after which the
/// background process has the rest to itself.
/// </summary>
internal sealed class AsyncPush
{
    private const string Floor = "zstd";

    private readonly MeasuredProcess _processes;
    private readonly Report _report;
    private readonly string _folder;
    private readonly BenchmarkCluster _cluster;
    private readonly DrClusterTool _drtools;
    private readonly PgBackRestTool _pgBackRest;
    private readonly WalSegments _segments;

    public AsyncPush(MeasuredProcess processes, BenchmarkCluster cluster, string program, Report report, string folder)
    {
        (_processes, _cluster, _report, _folder) = (processes, cluster, report, folder);
        processes.Read(ServerUser.Command("mkdir", "-p", "-m", "0700", folder));
        _drtools = new DrClusterTool(processes, cluster, program, folder);
        _pgBackRest = new PgBackRestTool(processes, cluster, folder);
        _segments = new WalSegments(processes, cluster, folder);
    }

    public void Run(int runs, Action<string[]> archiveWith)
    {
        _segments.Make(archiveWith);
        archiveWith([]);
        Measure("a call for each segment", runs, WalSegments.Count);
        Measure("one call, then the background process alone", runs, 1);
        Folders.Remove(_segments.DataDirectory);
    }

    private void Measure(string what, int runs, int calls)
    {
        var results = new Dictionary<string, List<Measurement>> { [_drtools.Name] = [], [_pgBackRest.Name] = [], [Floor] = [] };
        var stored = new Dictionary<string, long>();
        for (var i = 0; i < runs; i++)
        {
            foreach (IAsyncArchiver tool in i % 2 == 0 ? [_drtools, _pgBackRest] : new IAsyncArchiver[] { _pgBackRest, _drtools })
            {
                tool.Reset();
                Folders.Remove(Path.Combine(_folder, "spool"));
                _segments.Present();
                results[tool.Name].Add(Archiver.Run(tool.AsyncArchiveCommand(_segments.DataDirectory), _segments, calls, () => Archived(tool).Count >= WalSegments.Count));
                stored[tool.Name] = Archived(tool).Sum(f => f.Length);
            }

            results[Floor].Add(Compress());
        }

        stored[Floor] = new FileInfo(Compressed).Length;
        var raw = _segments.Paths.Sum(p => new FileInfo(p).Length);
        _report.Add(new ScenarioResult
        {
            Scenario = $"PostgreSQL WAL push --async, {WalSegments.Count} segments ({raw >> 20} MiB) that wait, {what}",
            Runs = results.ToDictionary(r => r.Key, r => (IReadOnlyList<Measurement>)r.Value),
            StoredBytes = stored,
        });
    }

    private string Compressed => Path.Combine(_folder, "floor.zst");

    /// <summary>Two threads of Zstandard; nothing is sealed, nor made durable.</summary>
    private Measurement Compress() => _processes.Run(ServerUser.Command(
        ["sh", "-c", $"cat \"$@\" | {Floor} -3 -T2 -q -f -o {Compressed}", "sh", .. _segments.Paths]));

    /// <summary>The segments that are whole in the tool's repository.</summary>
    private static List<FileInfo> Archived(IAsyncArchiver tool) => Directory.Exists(tool.LogFolder)
        ? [.. new DirectoryInfo(tool.LogFolder).EnumerateFiles("0*", SearchOption.AllDirectories).Where(f => !f.Name.EndsWith(".tmp", StringComparison.Ordinal))]
        : [];
}
