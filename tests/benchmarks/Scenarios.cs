namespace DrTools.Benchmarks;

/// <summary>The scenarios. Every tool sees the same tree, with all files in the page cache, and what was written before
/// is on the disk before the clock starts.</summary>
internal sealed class Scenarios(MeasuredProcess processes, string program, string scratch, BenchmarkOptions options, Report report)
{
    private const double PeakLimitMiB = 256;

    // Each run keeps its restored tree until the last: five would fill many a disk.
    private const int MostRestores = 3;

    private readonly DrTool _drtools = new(processes, program, Path.Combine(scratch, "repo-drtools"));
    private readonly ResticTool _restic = new(processes, Path.Combine(scratch, "repo-restic"));
    private readonly TarTool _tar = new(processes, Path.Combine(scratch, "tree.tar.zst"));

    private int _restores;

    /// <summary>A new name each time. Restored trees are removed only after the last run: ext4 does not reuse an inode
    /// for five minutes after its deletion and searches past all such ones for each new file, which costs more than
    /// the restore itself.</summary>
    private string NewRestoreFolder() => Path.Combine(scratch, "restored", $"{Environment.ProcessId}-{++_restores}");

    private void RemoveRestored() => Folders.Remove(Path.Combine(scratch, "restored"));

    public void RunOnTree(string tree)
    {
        if (Directory.Exists(Path.Combine(scratch, "restored")))
        {
            RemoveRestored();
            Say("restored trees of an earlier run were removed: figures of a restore within the next five minutes are too high");
        }

        WarmUp(tree);
        if (Wants("full"))
        {
            Full(tree);
        }
        else if (Wants("unchanged") || Wants("restore") || Wants("verify"))
        {
            _drtools.Reset();
            _drtools.Backup(tree, full: true);
            _restic.Reset();
            _restic.Backup(tree, full: true);
            _tar.Backup(tree);
        }

        if (Wants("unchanged"))
        {
            report.Add(new ScenarioResult
            {
                Scenario = "unchanged incremental",
                Tree = tree,
                Runs = Alternate(("drtools", () => _drtools.Backup(tree, full: false)), ("restic", () => _restic.Backup(tree, full: false))),
                Targets = new Targets { Cpu = 0.5, Wall = 0.5, PeakMiB = PeakLimitMiB },
            });
        }

        if (Wants("restore"))
        {
            report.Add(new ScenarioResult
            {
                Scenario = "restore",
                Tree = tree,
                Runs = Alternate(
                    Math.Min(options.Runs, MostRestores),
                    ("drtools", () => RestoreAndCompare(_drtools, tree)),
                    ("restic", () => RestoreAndCompare(_restic, tree)),
                    ("tar", () => RestoreTar(tree))),
                Targets = new Targets { Cpu = 0.5, Wall = 0.5, PeakMiB = PeakLimitMiB },
                Notes = ["The time on the clock ends when what was restored is on the disk: drtools waits for that itself. Every restored tree was compared with its source: bytes, modes, owners, times and links."],
            });
            RemoveRestored();
        }

        if (Wants("verify"))
        {
            report.Add(new ScenarioResult
            {
                Scenario = "verification of all content",
                Tree = tree,
                Runs = Alternate(("drtools", _drtools.Verify), ("restic", _restic.Verify), ("tar", _tar.Verify)),
                Targets = new Targets { Cpu = 0.5, Wall = 0.5, PeakMiB = PeakLimitMiB },
            });
        }

        if (Wants("thirty"))
        {
            Thirty(tree);
        }
    }

    /// <summary>Memory must not grow with the tree.</summary>
    public void Tenfold()
    {
        var tree = Path.Combine(scratch, "tenfold");
        Folders.Remove(tree);
        Directory.CreateDirectory(tree);
        Say($"writing {options.Entries} files and {options.FileSizeGiB} GiB");
        SyntheticTree.WriteSmallFiles(tree, options.Entries);
        if (options.FileSizeGiB > 0)
        {
            SyntheticTree.WriteLargeFile(Path.Combine(tree, "large"), options.FileSizeGiB);
        }

        _drtools.Reset();
        _restic.Reset();
        var steps = new (string Name, Func<ITool, Measurement> Run)[]
        {
            ("full", t => t.Backup(tree, full: true)),
            ("unchanged incremental", t => t.Backup(tree, full: false)),
            ("verification of all content", t => t.Verify()),
            ("restore", t => RestoreAndCompare(t, tree)),
        };
        foreach (var (name, run) in steps)
        {
            Say(name);
            report.Add(new ScenarioResult
            {
                Scenario = "tenfold: " + name,
                Tree = tree,
                Runs = new Dictionary<string, IReadOnlyList<Measurement>> { ["drtools"] = [run(_drtools)], ["restic"] = [run(_restic)] },
                StoredBytes = Sizes(),
                Targets = new Targets { PeakMiB = PeakLimitMiB },
            });
        }

        RemoveRestored();
        Folders.Remove(tree);
    }

    public void StartUp()
    {
        const int Starts = 30;
        Measurement Start(params string[] command) => Measurement.Zero with { WallSeconds = processes.RunWall(command) };
        Start(program, "--version");
        report.Add(new ScenarioResult
        {
            Scenario = "start-up, --version",
            Runs = Alternate(Starts, ("drtools", () => Start(program, "--version")), ("restic", () => Start("restic", "version")), ("true", () => Start("true"))),
            Targets = new Targets { WallMilliseconds = 80 },
            Notes = ["Only the time on the clock is measured here; 'true' shows what starting any process costs."],
        });
    }

    private static void Say(string what) => Console.Error.WriteLine($"{DateTime.Now:T} {what}");

    private bool Wants(string scenario) => options.Scenarios.Contains(scenario);

    private void Full(string tree)
    {
        var runs = Alternate(
            ("drtools", () =>
            {
                _drtools.Reset();
                return _drtools.Backup(tree, full: true);
            }),
            ("restic", () =>
            {
                _restic.Reset();
                return _restic.Backup(tree, full: true);
            }),
            ("tar", () => _tar.Backup(tree)));
        var sizes = Sizes();
        sizes["tar"] = _tar.StoredBytes();
        report.Add(new ScenarioResult
        {
            Scenario = "full",
            Tree = tree,
            Runs = runs,
            StoredBytes = sizes,
            Targets = new Targets { Cpu = 0.6, Wall = 0.5, Size = 1, PeakMiB = PeakLimitMiB },
        });
    }

    /// <summary>A full backup, then one incremental a day, of which seven are kept.</summary>
    private void Thirty(string master)
    {
        var tree = Path.Combine(scratch, "thirty");
        Folders.Remove(tree);
        Folders.Copy(master, tree);
        ITool[] tools = [_drtools, _restic];
        foreach (var tool in tools)
        {
            tool.Reset();
            tool.Backup(tree, full: true);
        }

        var first = Sizes();
        var changes = new TreeChanges(tree);
        var backups = tools.ToDictionary(t => t.Name, _ => new List<Measurement>());
        var expiries = tools.ToDictionary(t => t.Name, _ => new List<Measurement>());
        var changed = 0;
        for (var day = 1; day <= options.Days; day++)
        {
            changed += changes.Apply(day);
            Say($"day {day}");
            foreach (var tool in day % 2 == 1 ? tools : tools.Reverse())
            {
                backups[tool.Name].Add(tool.Backup(tree, full: false));
                expiries[tool.Name].Add(tool.Expire());
            }
        }

        var last = Sizes();
        RestoreAndCompare(_drtools, tree);
        report.Add(Daily("backup") with { Runs = Lists(backups), StoredBytes = last, Targets = new Targets { Size = 1, PeakMiB = PeakLimitMiB } });
        report.Add(Daily("retention") with { Runs = Lists(expiries), Targets = new Targets { PeakMiB = PeakLimitMiB } });
        RemoveRestored();
        Folders.Remove(tree);

        ScenarioResult Daily(string step) => new()
        {
            Scenario = $"{options.Days} days, each day's {step}",
            Tree = tree,
            Runs = new Dictionary<string, IReadOnlyList<Measurement>>(),
            Notes =
            [
                $"Seven backups are kept; {changed} files changed in all.",
                $"Stored after the full backup: drtools {first["drtools"] / 1e6:f1} MB, restic {first["restic"] / 1e6:f1} MB; at the end drtools {last["drtools"] / 1e6:f1} MB, restic {last["restic"] / 1e6:f1} MB.",
            ],
        };
    }

    private static Dictionary<string, IReadOnlyList<Measurement>> Lists(Dictionary<string, List<Measurement>> runs) =>
        runs.ToDictionary(r => r.Key, r => (IReadOnlyList<Measurement>)r.Value);

    private Dictionary<string, long> Sizes() => new() { ["drtools"] = _drtools.StoredBytes(), ["restic"] = _restic.StoredBytes() };

    private Measurement RestoreAndCompare(ITool tool, string tree)
    {
        var target = NewRestoreFolder();
        var (measurement, restored) = tool.Restore(tree, target);
        Folders.RequireSame(tree, restored, $"What {tool.Name} restored");
        return measurement;
    }

    private Measurement RestoreTar(string tree)
    {
        var target = NewRestoreFolder();
        var measurement = _tar.Restore(target);
        Folders.RequireSame(tree, target, "What tar restored");
        return measurement;
    }

    private Dictionary<string, IReadOnlyList<Measurement>> Alternate(params (string Name, Func<Measurement> Run)[] tools) =>
        Alternate(options.Runs, tools);

    /// <summary>Runs every tool in turn, in the opposite order every second time, so that what drifts harms all alike.</summary>
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

        return Lists(results);
    }

    private static void WarmUp(string tree)
    {
        Say($"reading {tree} into the page cache");
        var buffer = new byte[1 << 20];
        foreach (var file in Directory.EnumerateFiles(tree, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }))
        {
            using var handle = File.OpenHandle(file);
            for (long offset = 0, read; (read = RandomAccess.Read(handle, buffer, offset)) > 0; offset += read)
            {
            }
        }
    }
}
