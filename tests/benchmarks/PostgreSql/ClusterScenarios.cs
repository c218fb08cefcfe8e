namespace DrTools.Benchmarks.PostgreSql;

/// <summary>The scenarios on a PostgreSQL cluster, against pgBackRest and pg_basebackup, all as the server's user.</summary>
internal sealed class ClusterScenarios
{
    private const double PeakLimitMiB = 256;
    private const string Async = "pg-wal-async";

    private readonly MeasuredProcess _processes;
    private readonly string _program;
    private readonly BenchmarkOptions _options;
    private readonly Report _report;
    private readonly string _folder;
    private readonly BenchmarkCluster _cluster;
    private readonly DrClusterTool _drtools;
    private readonly PgBackRestTool _pgBackRest;
    private readonly PgBaseBackupTool _baseBackup;
    private int _restores;

    public ClusterScenarios(MeasuredProcess processes, string program, BenchmarkOptions options, Report report)
    {
        (_processes, _program, _options, _report) = (processes, program, options, report);
        _folder = Path.Combine(options.Scratch, "postgresql");
        _cluster = new BenchmarkCluster(processes, Path.Combine(_folder, "cluster"));
        _drtools = new DrClusterTool(processes, _cluster, program, _folder);
        _pgBackRest = new PgBackRestTool(processes, _cluster, _folder);
        _baseBackup = new PgBaseBackupTool(processes, _cluster, _folder);
    }

    /// <summary>The scenarios that need a cluster.</summary>
    public static IReadOnlyList<string> Names { get; } = ["pg-full", "pg-unchanged", "pg-incremental", "pg-restore", "pg-wal", Async];

    public void Run()
    {
        _processes.Read(["mkdir", "-p", _folder]);
        if (Environment.UserName == "root")
        {
            _processes.Read(["chown", "postgres:postgres", _folder]);
        }

        try
        {
            _cluster.Start();
            if (_options.Scenarios.Any(s => s != Async && Names.Contains(s)))
            {
                Full();
            }

            if (Wants("pg-unchanged"))
            {
                Unchanged();
            }

            if (Wants("pg-restore"))
            {
                Restore();
            }

            if (Wants("pg-incremental"))
            {
                Incremental();
            }

            if (Wants("pg-wal"))
            {
                Push();
            }

            if (Wants(Async))
            {
                new AsyncPush(_processes, _cluster, _program, _report, Path.Combine(_folder, "async")).Run(_options.Runs, ArchiveWith);
            }
        }
        finally
        {
            _cluster.Stop();
        }
    }

    private void Full()
    {
        var runs = Runs(Wants("pg-full") ? _options.Runs : 1, tool =>
        {
            Reset(tool);
            return tool.Backup("full");
        });
        if (!Wants("pg-full"))
        {
            return;
        }

        runs["pg_basebackup"] = [_baseBackup.Backup()];
        _report.Add(new ScenarioResult
        {
            Scenario = "PostgreSQL full",
            Tree = _cluster.DataDirectory,
            Runs = runs,
            StoredBytes = new Dictionary<string, long>
            {
                ["drtools"] = _drtools.StoredBytes(), ["pgbackrest"] = _pgBackRest.StoredBytes(), ["pg_basebackup"] = _baseBackup.StoredBytes(),
            },
            Targets = new Targets { Cpu = 0.8, Wall = 0.8, Size = 1, PeakMiB = PeakLimitMiB },
        });
    }

    /// <summary>Makes a repository anew; meanwhile nothing is archived, for a new one must be empty.</summary>
    private void Reset(IClusterTool tool)
    {
        ArchiveWith();
        _cluster.SwitchLog();
        _cluster.WaitUntilArchived();
        tool.Reset();
        ArchiveWith(tool == _drtools ? _drtools.ArchiveCommand : _pgBackRest.ArchiveCommand);
    }

    private void Unchanged()
    {
        ArchiveWithBoth();
        _report.Add(new ScenarioResult
    {
        Scenario = "PostgreSQL incremental, nothing changed",
        Tree = _cluster.DataDirectory,
        Runs = Runs(_options.Runs, tool => tool.Backup("incremental")),
        Targets = new Targets { Cpu = 0.2, Wall = 0.2, PeakMiB = PeakLimitMiB },
    });
    }

    private void ArchiveWithBoth() => ArchiveWith(_drtools.ArchiveCommand, _pgBackRest.ArchiveCommand);

    private void Incremental()
    {
        ArchiveWithBoth();
        var stored = new Dictionary<string, List<long>> { ["drtools"] = [], ["pgbackrest"] = [] };
        var round = 0;
        var runs = new Dictionary<string, IReadOnlyList<Measurement>>();
        var lists = new Dictionary<string, List<Measurement>> { ["drtools"] = [], ["pgbackrest"] = [] };
        for (var i = 0; i < _options.Runs; i++)
        {
            _cluster.UpdateATenth(++round);
            foreach (IClusterTool tool in i % 2 == 0 ? [_drtools, _pgBackRest] : new IClusterTool[] { _pgBackRest, _drtools })
            {
                var before = tool.StoredBytes();
                lists[tool.Name].Add(tool.Backup("incremental"));
                stored[tool.Name].Add(tool.StoredBytes() - before);
            }
        }

        foreach (var (name, list) in lists)
        {
            runs[name] = list;
        }

        _report.Add(new ScenarioResult
        {
            Scenario = "PostgreSQL incremental, a tenth of the pages changed",
            Tree = _cluster.DataDirectory,
            Runs = runs,
            StoredBytes = stored.ToDictionary(s => s.Key, s => s.Value.Order().ElementAt(s.Value.Count / 2)),
            Targets = new Targets { Cpu = 0.25, Size = 0.35, PeakMiB = PeakLimitMiB },
        });
    }

    private void Restore()
    {
        var runs = Runs(Math.Min(_options.Runs, 3), tool =>
        {
            var target = Path.Combine(_folder, "restored", $"{tool.Name}-{Environment.ProcessId}-{++_restores}");
            _processes.Read(ServerUser.Command("mkdir", "-p", "-m", "0700", target));
            return tool.Restore(target);
        });
        _report.Add(new ScenarioResult
        {
            Scenario = "PostgreSQL restore",
            Tree = _cluster.DataDirectory,
            Runs = runs,
            Targets = new Targets { Cpu = 0.7, Wall = 0.7, PeakMiB = PeakLimitMiB },
        });
        Folders.Remove(Path.Combine(_folder, "restored"));
    }

    /// <summary>One segment for each call, as archive_command does it. The segments are of pgbench's transactions and of the
    /// mixed updates, taken evenly.</summary>
    private void Push()
    {
        const int Segments = 12;
        ArchiveWith();
        var copies = Path.Combine(_folder, "segments");
        Folders.Remove(copies);
        _processes.Read(ServerUser.Command("mkdir", "-m", "0700", copies));
        _processes.Read(ServerUser.Command("sh", "-c", $"printf '#!/bin/sh\\ncase $1 in *.*) ;; *) cp \"$1\" {copies}/ ;; esac\\n' > {_cluster.ArchiveCommandFile}"));
        _cluster.RunTransactions(100_000);
        _cluster.UpdateATenth(77);
        _cluster.SwitchLog();
        _cluster.WaitUntilArchived();
        ArchiveWith();
        var segments = Directory.GetFiles(copies).Order(StringComparer.Ordinal).ToList();
        if (segments.Count < Segments)
        {
            throw new BenchmarkException("The server archived too few segments.");
        }

        var (own, peer) = (new List<Measurement>(), new List<Measurement>());

        // The server's own directory is the working directory of archive_command, and pgBackRest insists on it.
        foreach (var segment in segments.Where((_, i) => i % (segments.Count / Segments) == 0).Take(Segments))
        {
            own.Add(_processes.Run(ServerUser.Command("sh", "-c", "exec " + _drtools.ArchiveCommand, "sh", segment), _cluster.DataDirectory));
            peer.Add(_processes.Run(ServerUser.Command("sh", "-c", "exec " + _pgBackRest.ArchiveCommand, "sh", segment), _cluster.DataDirectory));
        }

        _report.Add(new ScenarioResult
        {
            Scenario = "PostgreSQL WAL push, one segment per call",
            Runs = new Dictionary<string, IReadOnlyList<Measurement>> { ["drtools"] = own, ["pgbackrest"] = peer },
            Targets = new Targets { Cpu = 0.9, Wall = 0.9 },
        });
        Folders.Remove(copies);
    }

    /// <summary>Has the server archive with all of these commands; with none it keeps nothing.</summary>
    private void ArchiveWith(params string[] commands)
    {
        var lines = string.Join("\\n", commands.Select(c => c.Replace("\"", "\\\"", StringComparison.Ordinal) + " || exit 1"));
        _processes.Read(ServerUser.Command("sh", "-c", $"printf \"#!/bin/sh\\n{lines.Replace("$", "\\$", StringComparison.Ordinal)}\\nexit 0\\n\" > {_cluster.ArchiveCommandFile}"));
    }

    private Dictionary<string, IReadOnlyList<Measurement>> Runs(int runs, Func<IClusterTool, Measurement> run)
    {
        var results = new Dictionary<string, List<Measurement>> { ["drtools"] = [], ["pgbackrest"] = [] };
        for (var i = 0; i < runs; i++)
        {
            foreach (IClusterTool tool in i % 2 == 0 ? [_drtools, _pgBackRest] : new IClusterTool[] { _pgBackRest, _drtools })
            {
                results[tool.Name].Add(run(tool));
            }
        }

        return results.ToDictionary(r => r.Key, r => (IReadOnlyList<Measurement>)r.Value);
    }

    private bool Wants(string scenario) => _options.Scenarios.Contains(scenario);
}
