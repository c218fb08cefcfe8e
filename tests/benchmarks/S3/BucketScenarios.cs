namespace DrTools.Benchmarks.S3;

/// <summary>
/// Backup, restore and copy through an S3 server on this machine, against restic and rclone. The server shares the processors
/// with who is measured, so that the time on the clock says more of the sum of both than of either.
/// </summary>
internal sealed class BucketScenarios
{
    private const double PeakLimitMiB = 256;

    private readonly MeasuredProcess _processes;
    private readonly string _program;
    private readonly string _scratch;
    private readonly string _tree;
    private readonly BenchmarkOptions _options;
    private readonly Report _report;
    private readonly Gateway _gateway;
    private int _number;

    private BucketScenarios(string program, string tree, BenchmarkOptions options, Report report, Gateway gateway, MeasuredProcess processes)
    {
        (_program, _tree, _options, _report, _gateway, _processes) = (program, tree, options, report, gateway, processes);
        _scratch = options.Scratch;
    }

    /// <summary>The scenarios that need an S3 server.</summary>
    public static IReadOnlyList<string> Names { get; } = ["s3-backup", "s3-restore", "s3-copy"];

    /// <param name="script">What starts a server.</param>
    /// <param name="environment">What the tools need besides what is added here.</param>
    /// <param name="program">The program to measure.</param>
    /// <param name="tree">The tree that is backed up.</param>
    /// <param name="options">Which scenarios, how often.</param>
    /// <param name="report">Takes the figures.</param>
    public static void Run(string script, IReadOnlyDictionary<string, string> environment, string program, string tree, BenchmarkOptions options, Report report)
    {
        using var gateway = Gateway.Start(script);
        var all = new Dictionary<string, string>(environment)
        {
            ["AWS_ACCESS_KEY_ID"] = gateway.AccessKey,
            ["AWS_SECRET_ACCESS_KEY"] = gateway.SecretKey,
            ["AWS_EC2_METADATA_DISABLED"] = "true",
            ["RCLONE_CONFIG_BENCH_TYPE"] = "s3",
            ["RCLONE_CONFIG_BENCH_PROVIDER"] = "Ceph",
            ["RCLONE_CONFIG_BENCH_ENDPOINT"] = gateway.Endpoint,
            ["RCLONE_CONFIG_BENCH_ACCESS_KEY_ID"] = gateway.AccessKey,
            ["RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY"] = gateway.SecretKey,
        };
        new BucketScenarios(program, tree, options, report, gateway, new MeasuredProcess(options.Scratch, all)).Run();
    }

    private void Run()
    {
        var (drtools, restic) = (string.Empty, string.Empty);
        var backups = Alternate(
            Wants("s3-backup") ? _options.Runs : 1,
            ("drtools", () => Backup(drtools = New("drtools"))),
            ("restic", () => ResticBackup(restic = New("restic"))));
        if (Wants("s3-backup"))
        {
            _report.Add(new ScenarioResult { Scenario = "backup to S3", Tree = _tree, Runs = backups, Targets = new Targets { Wall = 0.6, PeakMiB = PeakLimitMiB } });
        }

        if (Wants("s3-restore"))
        {
            _report.Add(new ScenarioResult
            {
                Scenario = "restore from S3",
                Tree = _tree,
                Runs = Alternate(
                    Math.Min(_options.Runs, 3),
                    ("drtools", () => Restore(drtools)),
                    ("rclone", () => _processes.Run(["rclone", "copy", "--transfers", "8", $"bench:{drtools}/repo", NewFolder()])),
                    ("restic", () => _processes.Run(["restic", "-q", "-r", ResticOf(restic), "restore", "latest", "--target", NewFolder()]))),
                Targets = new Targets { Wall = 1, PeakMiB = PeakLimitMiB },
                Notes = ["rclone copies the objects as they are: the same bytes from the server, and nothing is unpacked. What was restored was compared with its source."],
            });
            Folders.Remove(Path.Combine(_scratch, "restored"));
        }

        if (Wants("s3-copy"))
        {
            var local = Path.Combine(_scratch, "repo-to-copy");
            Folders.Remove(local);
            _processes.Run([_program, "init", local]);
            _processes.Run([_program, "backup", "files:" + _tree, "--repo", local, "--type", "full"]);
            _report.Add(new ScenarioResult
            {
                Scenario = "copy from a folder to S3",
                Tree = _tree,
                Runs = Alternate(
                    _options.Runs,
                    ("drtools", () => Copy(local, New("copy"))),
                    ("rclone", () => _processes.Run(["rclone", "copy", "--transfers", "8", local, $"bench:{New("rclone")}/repo"]))),
                Targets = new Targets { Wall = 1, PeakMiB = PeakLimitMiB },
                Notes = ["drtools opens every frame, seals it under the key of the other repository and reads back what it wrote; rclone sends the objects as they are, which is the raw upload."],
            });
            Folders.Remove(local);
        }
    }

    private bool Wants(string scenario) => _options.Scenarios.Contains(scenario);

    private string New(string name)
    {
        var bucket = $"bench-{name}-{++_number}";
        _processes.Run(["rclone", "mkdir", $"bench:{bucket}"]);
        return bucket;
    }

    private string NewFolder() => Path.Combine(_scratch, "restored", $"{Environment.ProcessId}-s3-{++_number}");

    private string LocationOf(string bucket) => $"s3://{bucket}/repo?endpoint={_gateway.Endpoint}";

    private string ResticOf(string bucket) => $"s3:{_gateway.Endpoint}/{bucket}/repo";

    private Measurement Backup(string bucket)
    {
        _processes.Run([_program, "init", LocationOf(bucket)]);
        return _processes.Run([_program, "backup", "files:" + _tree, "--repo", LocationOf(bucket), "--type", "full"]);
    }

    private Measurement ResticBackup(string bucket)
    {
        _processes.Run(["restic", "-q", "-r", ResticOf(bucket), "init", "--repository-version", "2"]);
        return _processes.Run(["restic", "-q", "-r", ResticOf(bucket), "backup", _tree]);
    }

    private Measurement Restore(string bucket)
    {
        var target = NewFolder();
        var measurement = _processes.Run([_program, "restore", "latest", "--repo", LocationOf(bucket), "--target", target]);
        Folders.RequireSame(_tree, target, "What drtools restored");
        return measurement;
    }

    private Measurement Copy(string local, string bucket)
    {
        _processes.Run([_program, "init", LocationOf(bucket)]);
        return _processes.Run([_program, "copy", "latest", "--repo", local, "--to", LocationOf(bucket)]);
    }

    private static Dictionary<string, IReadOnlyList<Measurement>> Alternate(int runs, params (string Name, Func<Measurement> Run)[] tools)
    {
        var results = tools.ToDictionary(t => t.Name, _ => new List<Measurement>());
        for (var i = 0; i < runs; i++)
        {
            foreach (var (name, run) in i % 2 == 0 ? tools : [.. tools.Reverse()])
            {
                results[name].Add(run());
            }
        }

        return results.ToDictionary(r => r.Key, r => (IReadOnlyList<Measurement>)r.Value);
    }
}
