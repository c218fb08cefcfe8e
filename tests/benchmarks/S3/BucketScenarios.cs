namespace DrTools.Benchmarks.S3;

/// <summary>
/// Backup, restore and copy through an S3 server on this machine, against restic and rclone. The server shares the processors
/// with who is measured, so that the time on the clock says more of the sum of both than of either.
/// </summary>
internal sealed class BucketScenarios
{
    private const double PeakLimitMiB = 256;

    /// <summary>500 Mbit/s, less what frames and headers take: a good line to another site.</summary>
    private const double LinkBytesPerSecond = 59e6;

    private readonly MeasuredProcess _processes;
    private readonly string _program;
    private readonly string _scratch;
    private readonly string _tree;
    private readonly BenchmarkOptions _options;
    private readonly Report _report;
    private readonly Gateway _gateway;
    private readonly SlowLink _link;
    private int _number;

    private BucketScenarios(string program, string tree, BenchmarkOptions options, Report report, Gateway gateway, SlowLink link, MeasuredProcess processes)
    {
        (_program, _tree, _options, _report, _gateway, _link, _processes) = (program, tree, options, report, gateway, link, processes);
        _scratch = options.Scratch;
    }

    /// <summary>The scenarios that need an S3 server.</summary>
    public static IReadOnlyList<string> Names { get; } = ["s3-backup", "s3-upload", "s3-restore", "s3-copy", "s3-copy-link"];

    /// <param name="script">What starts a server.</param>
    /// <param name="environment">What the tools need besides what is added here.</param>
    /// <param name="program">The program to measure.</param>
    /// <param name="tree">The tree that is backed up.</param>
    /// <param name="options">Which scenarios, how often.</param>
    /// <param name="report">Takes the figures.</param>
    public static void Run(string script, IReadOnlyDictionary<string, string> environment, string program, string tree, BenchmarkOptions options, Report report)
    {
        using var gateway = Gateway.Start(script);
        using var link = SlowLink.To(gateway.Endpoint, LinkBytesPerSecond);
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
            ["RCLONE_CONFIG_LINK_TYPE"] = "s3",
            ["RCLONE_CONFIG_LINK_PROVIDER"] = "Ceph",
            ["RCLONE_CONFIG_LINK_ENDPOINT"] = link.Endpoint,
            ["RCLONE_CONFIG_LINK_ACCESS_KEY_ID"] = gateway.AccessKey,
            ["RCLONE_CONFIG_LINK_SECRET_ACCESS_KEY"] = gateway.SecretKey,
        };
        new BucketScenarios(program, tree, options, report, gateway, link, new MeasuredProcess(options.Scratch, all)).Run();
    }

    private void Run()
    {
        var drtools = string.Empty;
        var restic = string.Empty;
        if (Wants("s3-backup") || Wants("s3-restore"))
        {
            (drtools, restic) = Backups();
        }

        if (Wants("s3-restore"))
        {
            Restores(drtools, restic);
        }

        Remove(drtools);
        Remove(restic);
        if (Wants("s3-upload"))
        {
            Uploads();
        }

        if (Wants("s3-copy") || Wants("s3-copy-link"))
        {
            Copies();
        }
    }

    /// <returns>The buckets with the last backup of each tool.</returns>
    private (string DrTools, string Restic) Backups()
    {
        var (drtools, restic) = (string.Empty, string.Empty);
        var packs = NewFolder();
        var runs = Alternate(
            Wants("s3-backup") ? _options.Runs : 1,
            ("drtools", () => Backup(_tree, Renew(ref drtools, "drtools"))),
            ("restic", () => ResticBackup(Renew(ref restic, "restic"))),
            ("raw upload", () => RawUpload(drtools, packs)));
        if (Wants("s3-backup"))
        {
            _report.Add(new ScenarioResult
            {
                Scenario = "backup to S3",
                Tree = _tree,
                Runs = runs,
                StoredBytes = new Dictionary<string, long> { ["drtools"] = Folders.Size(packs) },
                Targets = new Targets { Wall = 0.6, PeakMiB = PeakLimitMiB },
                Notes = ["The raw upload is of the packs that drtools made: it neither reads, nor compresses, nor seals the tree."],
            });
        }

        Folders.Remove(packs);
        return (drtools, restic);
    }

    /// <summary>Where nothing compresses, what a backup takes besides sending is least, and the two can be compared.</summary>
    private void Uploads()
    {
        var tree = Path.Combine(_scratch, "random");
        var packs = NewFolder();
        var bucket = string.Empty;
        Folders.Remove(tree);
        Directory.CreateDirectory(tree);
        SyntheticTree.WriteRandomFiles(tree, count: 64, mebibytes: 16);
        _report.Add(new ScenarioResult
        {
            Scenario = "backup to S3 of 1 GiB that does not compress",
            Runs = Alternate(
                _options.Runs,
                ("drtools", () => Backup(tree, Renew(ref bucket, "random"))),
                ("raw upload", () => RawUpload(bucket, packs))),
            Targets = new Targets { Wall = 1 / 0.8, PeakMiB = PeakLimitMiB },
            Notes = ["The aim is 0.8 of the throughput of rclone, which uploads the same packs, eight at a time: 1.25 of its time."],
        });
        Remove(bucket);
        Folders.Remove(packs);
        Folders.Remove(tree);
    }

    private void Restores(string drtools, string restic)
    {
        var plain = New("plain");
        Rclone(["copy", "--transfers", "16", _tree, $"bench:{plain}/tree"]);
        _report.Add(new ScenarioResult
        {
            Scenario = "restore from S3, until it is on the disk",
            Tree = _tree,
            Runs = Alternate(
                Math.Min(_options.Runs, 3),
                ("drtools", () => Restore(drtools)),
                ("rclone, tree", () => Rclone(["copy", "--transfers", "8", $"bench:{plain}/tree", NewFolder()], untilOnDisk: true)),
                ("rclone, packs", () => Rclone(["copy", "--transfers", "8", $"bench:{drtools}/repo", NewFolder()], untilOnDisk: true)),
                ("restic", () => _processes.Run(["restic", "-q", "-r", ResticOf(restic), "restore", "latest", "--target", NewFolder()], untilOnDisk: true))),
            Targets = new Targets { Wall = 1, PeakMiB = PeakLimitMiB },
            Notes =
            [
                "rclone, tree: the same files as plain objects, one for each, copied to the disk: the same restored bytes.",
                "rclone, packs: the objects of the repository as they are: the same bytes from the server, and nothing is unpacked.",
                "What drtools restored was compared with its source.",
            ],
        });
        Folders.Remove(Path.Combine(_scratch, "restored"));
        Remove(plain);
    }

    private void Copies()
    {
        var local = Path.Combine(_scratch, "repo-to-copy");
        Folders.Remove(local);
        _processes.Run([_program, "init", local]);
        _processes.Run([_program, "backup", "files:" + _tree, "--repo", local, "--type", "full"]);
        if (Wants("s3-copy"))
        {
            Copies(local, "copy from a folder to S3", "bench", _gateway.Endpoint);
        }

        if (Wants("s3-copy-link"))
        {
            Copies(local, "copy from a folder to S3 through a link of 500 Mbit/s", "link", _link.Endpoint);
        }

        Folders.Remove(local);
    }

    /// <param name="local">The repository that is copied.</param>
    /// <param name="scenario">What it is called.</param>
    /// <param name="remote">What rclone calls the server.</param>
    /// <param name="endpoint">Where it is.</param>
    private void Copies(string local, string scenario, string remote, string endpoint) => _report.Add(new ScenarioResult
    {
        Scenario = scenario,
        Tree = _tree,
        Runs = Alternate(
            _options.Runs,
            ("drtools", () => InNew("copy", bucket => Copy(local, LocationOf(bucket, endpoint)))),
            ("rclone", () => InNew("rclone", bucket => Rclone(["copy", "--transfers", "8", local, $"{remote}:{bucket}/repo"]))),
            ("rclone + check", () => InNew("rclone", bucket =>
                Rclone(["copy", "--transfers", "8", local, $"{remote}:{bucket}/repo"])
                + Rclone(["check", "--download", "--checkers", "8", local, $"{remote}:{bucket}/repo"])))),
        Targets = new Targets { Wall = 1, PeakMiB = PeakLimitMiB },
        Notes =
        [
            "drtools opens every frame, seals it under the key of the other repository and reads back what it wrote; rclone sends the objects as they are.",
            "rclone + check: and reads them back to compare them (rclone check --download).",
        ],
    });

    private bool Wants(string scenario) => _options.Scenarios.Contains(scenario);

    private string New(string name)
    {
        var bucket = $"bench-{name}-{++_number}";
        Rclone(["mkdir", $"bench:{bucket}"]);
        return bucket;
    }

    /// <summary>A new bucket in place of an earlier one, whose room is free then.</summary>
    private string Renew(ref string bucket, string name)
    {
        Remove(bucket);
        return bucket = New(name);
    }

    private Measurement InNew(string name, Func<string, Measurement> run)
    {
        var bucket = New(name);
        var measurement = run(bucket);
        Remove(bucket);
        return measurement;
    }

    private void Remove(string bucket)
    {
        if (bucket.Length > 0)
        {
            Rclone(["purge", $"bench:{bucket}"]);
            Gateway.WaitUntilCollected();
        }
    }

    /// <summary>It takes a bundle of certificates that the SDK is told of for a mistake.</summary>
    private Measurement Rclone(IEnumerable<string> arguments, bool untilOnDisk = false) =>
        _processes.Run(["env", "-u", "AWS_CA_BUNDLE", "rclone", .. arguments], untilOnDisk: untilOnDisk);

    /// <summary>Uploads the packs of a repository to a new bucket, several at a time.</summary>
    /// <param name="bucket">Where the repository is.</param>
    /// <param name="packs">A folder for them.</param>
    private Measurement RawUpload(string bucket, string packs)
    {
        Folders.Remove(packs);
        Rclone(["copy", "--transfers", "8", $"bench:{bucket}/repo/packs", packs]);
        return InNew("raw", target => Rclone(["copy", "--transfers", "8", packs, $"bench:{target}/packs"]));
    }

    private string NewFolder() => Path.Combine(_scratch, "restored", $"{Environment.ProcessId}-s3-{++_number}");

    private string LocationOf(string bucket) => LocationOf(bucket, _gateway.Endpoint);

    private static string LocationOf(string bucket, string endpoint) => $"s3://{bucket}/repo?endpoint={endpoint}";

    private string ResticOf(string bucket) => $"s3:{_gateway.Endpoint}/{bucket}/repo";

    private Measurement Backup(string tree, string bucket)
    {
        _processes.Run([_program, "init", LocationOf(bucket)]);
        return _processes.Run([_program, "backup", "files:" + tree, "--repo", LocationOf(bucket), "--type", "full"]);
    }

    private Measurement ResticBackup(string bucket)
    {
        _processes.Run(["restic", "-q", "-r", ResticOf(bucket), "init", "--repository-version", "2"]);
        return _processes.Run(["restic", "-q", "-r", ResticOf(bucket), "backup", _tree]);
    }

    private Measurement Restore(string bucket)
    {
        var target = NewFolder();
        var measurement = _processes.Run([_program, "restore", "latest", "--repo", LocationOf(bucket), "--target", target], untilOnDisk: true);
        Folders.RequireSame(_tree, target, "What drtools restored");
        return measurement;
    }

    private Measurement Copy(string local, string location)
    {
        _processes.Run([_program, "init", location]);
        return _processes.Run([_program, "copy", "latest", "--repo", local, "--to", location]);
    }

    /// <summary>In turn. What uploads the packs of a run comes after it.</summary>
    private static Dictionary<string, IReadOnlyList<Measurement>> Alternate(int runs, params (string Name, Func<Measurement> Run)[] tools)
    {
        var results = tools.ToDictionary(t => t.Name, _ => new List<Measurement>());
        for (var i = 0; i < runs; i++)
        {
            foreach (var (name, run) in i % 2 == 0 ? tools : [.. tools.Reverse().OrderBy(t => t.Name == "raw upload")])
            {
                results[name].Add(run());
            }
        }

        return results.ToDictionary(r => r.Key, r => (IReadOnlyList<Measurement>)r.Value);
    }
}
