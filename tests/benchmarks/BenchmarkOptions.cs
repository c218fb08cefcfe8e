using System.Globalization;

namespace DrTools.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchmarkOptions
{
    public const string Usage = """
        dotnet run --project tests/benchmarks -c Release -- [options]

        Measures drtools against restic and tar | zstd in whole processes, and prints ratios.

          --tree DIR        a tree to back up; repeat for several (default: a copy of /usr/share and
                            /usr/lib/<arch>-linux-gnu, made once in the scratch folder)
          --scratch DIR     where copies, repositories and restored trees go (default: drtools-bench in $TMPDIR)
          --only A,B        scenarios: full, unchanged, thirty, restore, verify, tenfold, startup;
                            with Debian's postgresql-15 and pgbackrest pg-full, pg-unchanged,
                            pg-incremental, pg-restore, pg-wal, pg-wal-async; with Debian's ceph and
                            rclone s3-backup, s3-upload, s3-restore, s3-copy,
                            s3-copy-link
                            (default: all but tenfold and those of PostgreSQL and S3)
          --runs N          runs of full, unchanged, restore and verify each (default 5, of restore at most 3, which
                            needs room for nine copies of the tree; medians are printed)
          --days N          days of the scenario thirty (default 30)
          --entries N       files of the scenario tenfold (default 750000)
          --file-size N     GiB of one further file of the scenario tenfold (default 0: none)
          --drtools FILE    the program to measure (default: published here from src/DrTools.Cli)
          --json FILE       also write the figures there

        Exit codes: 0 measured; 1 a tool failed or restored wrong bytes; 64 bad usage. Missed targets are printed and
        are no failure: this is a measurement, not a test.
        """;

    public static IReadOnlyList<string> AllScenarios { get; } = ["full", "unchanged", "thirty", "restore", "verify", "tenfold", "startup", .. PostgreSql.ClusterScenarios.Names, .. S3.BucketScenarios.Names];

    public IReadOnlyList<string> Trees { get; private init; } = [];

    public string Scratch { get; private init; } = Path.Combine(Path.GetTempPath(), "drtools-bench");

    public IReadOnlyList<string> Scenarios { get; private init; } = [.. AllScenarios.Where(s => s != "tenfold" && !PostgreSql.ClusterScenarios.Names.Contains(s) && !S3.BucketScenarios.Names.Contains(s))];

    public int Runs { get; private init; } = 5;

    public int Days { get; private init; } = 30;

    public int Entries { get; private init; } = 750_000;

    public int FileSizeGiB { get; private init; }

    public string? DrTools { get; private init; }

    public string? Json { get; private init; }

    /// <exception cref="FormatException">An option is unknown or its value is not one.</exception>
    public static BenchmarkOptions Parse(IReadOnlyList<string> args)
    {
        var options = new BenchmarkOptions();
        for (var i = 0; i < args.Count; i += 2)
        {
            var value = i + 1 < args.Count ? args[i + 1] : throw new FormatException($"{args[i]} has no value.");
            options = args[i] switch
            {
                "--tree" => options with { Trees = [.. options.Trees, ExistingFolder(value)] },
                "--scratch" => options with { Scratch = Path.GetFullPath(value) },
                "--only" => options with { Scenarios = KnownScenarios(value) },
                "--runs" => options with { Runs = Positive(value) },
                "--days" => options with { Days = Positive(value) },
                "--entries" => options with { Entries = Positive(value) },
                "--file-size" => options with { FileSizeGiB = Positive(value) },
                "--drtools" => options with { DrTools = Path.GetFullPath(value) },
                "--json" => options with { Json = Path.GetFullPath(value) },
                _ => throw new FormatException($"There is no option {args[i]}."),
            };
        }

        return options;
    }

    private static int Positive(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new FormatException($"'{value}' is not a number above 0.");

    private static string ExistingFolder(string value) =>
        Directory.Exists(value) ? Path.GetFullPath(value) : throw new FormatException($"There is no folder {value}.");

    private static string[] KnownScenarios(string value)
    {
        var names = value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return names.FirstOrDefault(n => !AllScenarios.Contains(n)) is { } unknown
            ? throw new FormatException($"There is no scenario '{unknown}'; there are {string.Join(", ", AllScenarios)}.")
            : names;
    }
}
