using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DrTools.Benchmarks;
using DrTools.Benchmarks.PostgreSql;
using DrTools.Benchmarks.S3;

BenchmarkOptions options;
try
{
    options = BenchmarkOptions.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    Console.Error.WriteLine();
    Console.Error.WriteLine(BenchmarkOptions.Usage);
    return 64;
}

try
{
    Run(options);
    return 0;
}
catch (BenchmarkException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static void Run(BenchmarkOptions options)
{
    MeasuredProcess.RequireInstalled();
    Directory.CreateDirectory(options.Scratch);
    var passphrase = Path.Combine(options.Scratch, "passphrase");
    File.WriteAllText(passphrase, "a passphrase for benchmarks\n");
    var environment = new Dictionary<string, string>
    {
        ["LC_ALL"] = "C",
        ["DRTOOLS_PASSPHRASE_FILE"] = passphrase,
        ["RESTIC_PASSWORD_FILE"] = passphrase,
        ["RESTIC_CACHE_DIR"] = Path.Combine(options.Scratch, "restic-cache"),
    };
    var processes = new MeasuredProcess(options.Scratch, environment);
    var report = new Report();
    var program = options.DrTools ?? Publish(options.Scratch);
    var scenarios = new Scenarios(processes, program, options.Scratch, options, report);
    if (options.Scenarios.Any(s => s is not ("tenfold" or "startup") && !ClusterScenarios.Names.Contains(s) && !BucketScenarios.Names.Contains(s)))
    {
        foreach (var tree in options.Trees.Count > 0 ? options.Trees : [DefaultTree(options.Scratch)])
        {
            scenarios.RunOnTree(tree);
        }
    }

    if (options.Scenarios.Contains("tenfold"))
    {
        scenarios.Tenfold();
    }

    if (options.Scenarios.Contains("startup"))
    {
        scenarios.StartUp();
    }

    if (options.Scenarios.Any(ClusterScenarios.Names.Contains))
    {
        new ClusterScenarios(processes, program, options, report).Run();
    }

    if (options.Scenarios.Any(BucketScenarios.Names.Contains))
    {
        var script = Path.GetFullPath(Path.Combine(SourceFolder(), "../servers/ceph"));
        BucketScenarios.Run(script, environment, program, options.Trees.Count > 0 ? options.Trees[0] : DefaultTree(options.Scratch), options, report);
    }

    if (options.Json is { } json)
    {
        report.WriteJson(json);
    }
}

// A copy, so that nothing changes in it between runs; it is kept for the next time.
static string DefaultTree(string scratch)
{
    var tree = Path.Combine(scratch, "tree");
    if (!Directory.Exists(tree))
    {
        var machine = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64";
        var unfinished = tree + ".unfinished";
        Folders.Remove(unfinished);
        Directory.CreateDirectory(unfinished);
        Folders.Copy("/usr/share", Path.Combine(unfinished, "share"));
        Folders.Copy($"/usr/lib/{machine}-linux-gnu", Path.Combine(unfinished, "lib"));
        Directory.Move(unfinished, tree);
    }

    return tree;
}

static string Publish(string scratch)
{
    var output = Path.Combine(scratch, "publish");
    var machine = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64";
    var project = Path.GetFullPath(Path.Combine(SourceFolder(), "../../src/DrTools.Cli"));
    using var publish = Process.Start("dotnet", [
        "publish", project, "-c", "Release", "-r", $"linux-{machine}", "--self-contained", "false", "-p:PublishReadyToRun=true", "-o", output, "-v", "quiet", "-nologo"]);
    publish.WaitForExit();
    return publish.ExitCode == 0 ? Path.Combine(output, "drtools") : throw new BenchmarkException("drtools could not be published.");
}

static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
