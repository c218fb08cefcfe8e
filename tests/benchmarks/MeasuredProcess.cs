using System.Diagnostics;
using System.Globalization;

namespace DrTools.Benchmarks;

/// <summary>
/// Runs commands and measures them with GNU time. wait4(2) from here would do but for the peak memory: a child made
/// by vfork inherits the high-water mark of this process, which is larger than that of some of the tools.
/// </summary>
internal sealed class MeasuredProcess(string scratch, IReadOnlyDictionary<string, string> environment)
{
    private const string GnuTime = "/usr/bin/time";

    // Of the fields of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal.
    private const int IdleField = 3;
    private const int WaitField = 4;
    private const double TicksPerSecond = 100;

    public static void RequireInstalled()
    {
        if (!File.Exists(GnuTime))
        {
            throw new BenchmarkException("GNU time is missing: apt-get install time");
        }
    }

    /// <summary>Runs a command to its end.</summary>
    /// <param name="command">Program and arguments.</param>
    /// <param name="workingFolder">Where; the scratch folder if not given.</param>
    /// <param name="untilOnDisk">Whether the time on the clock goes on until all that was written is on the disk.</param>
    /// <exception cref="BenchmarkException">It did not exit with 0.</exception>
    public Measurement Run(IReadOnlyList<string> command, string? workingFolder = null, bool untilOnDisk = false)
    {
        // What the command before left to be written would slow this one down.
        FlushEverything();
        var figures = Path.Combine(scratch, "time.txt");
        var busyBefore = BusySeconds();
        var watch = Stopwatch.StartNew();
        Start([GnuTime, "-f", "%U %S %M", "-o", figures, .. command], workingFolder);
        if (untilOnDisk)
        {
            FlushEverything();
        }

        var wall = watch.Elapsed.TotalSeconds;
        var busy = BusySeconds() - busyBefore;
        var fields = File.ReadLines(figures).Last().Split(' ');
        var user = double.Parse(fields[0], CultureInfo.InvariantCulture);
        var system = double.Parse(fields[1], CultureInfo.InvariantCulture);
        return new Measurement(user, system, wall, long.Parse(fields[2], CultureInfo.InvariantCulture) << 10, Math.Max(0, busy - user - system));
    }

    /// <summary>Runs a command to its end and gives what it printed.</summary>
    public string Read(IReadOnlyList<string> command) => Start(command, null);

    /// <summary>Runs a command to its end, quickly and without figures but the time on the clock.</summary>
    public double RunWall(IReadOnlyList<string> command)
    {
        var watch = Stopwatch.StartNew();
        Start(command, null);
        return watch.Elapsed.TotalSeconds;
    }

    private static void FlushEverything()
    {
        using var sync = Process.Start("sync");
        sync.WaitForExit();
    }

    private string Start(IReadOnlyList<string> command, string? workingFolder)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = workingFolder ?? scratch,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            var text = (output + errors.Result).Trim();
            throw new BenchmarkException(
                $"{string.Join(' ', command)} ended with {process.ExitCode}:\n{(text.Length > 2000 ? text[^2000..] : text)}");
        }

        return output;
    }

    private static double BusySeconds()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(f => long.Parse(f, CultureInfo.InvariantCulture)).ToList();

        // The fields after the eighth are parts of the first two.
        return fields.Take(8).Where((_, i) => i is not (IdleField or WaitField)).Sum() / TicksPerSecond;
    }
}
