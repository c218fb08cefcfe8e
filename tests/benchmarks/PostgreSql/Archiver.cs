using System.Diagnostics;
using System.Runtime.InteropServices;

namespace DrTools.Benchmarks.PostgreSql;

/// <summary>
/// Plays the server's archiver, and measures all processes that come of its calls, those too that go on in the background: it
/// makes itself the one that the kernel gives orphans to (PR_SET_CHILD_SUBREAPER), and waits for them.
/// </summary>
internal static partial class Archiver
{
    private const int SetChildSubreaper = 36;
    private const int OfChildren = -1;
    private const int NoChild = 10;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Calls a command for one name after the other, then waits until <paramref name="isDone"/>, and at last
    /// until every process has ended.</summary>
    /// <param name="command">Of the shell, with %p for the segment.</param>
    /// <param name="segments">Where they wait.</param>
    /// <param name="calls">For how many it is called.</param>
    /// <param name="isDone">Whether all is durable.</param>
    /// <returns>Processor time of all processes until they ended, and time on the clock until all was durable.</returns>
    public static Measurement Run(string command, WalSegments segments, int calls, Func<bool> isDone)
    {
        if (Control(SetChildSubreaper, 1, 0, 0, 0) != 0)
        {
            throw new BenchmarkException("prctl(PR_SET_CHILD_SUBREAPER) is refused.");
        }

        using (var sync = Process.Start("sync"))
        {
            sync.WaitForExit();
        }

        var before = Cpu();
        var watch = Stopwatch.StartNew();
        foreach (var name in segments.Names.Take(calls))
        {
            Call(command.Replace("%p", "pg_wal/" + name, StringComparison.Ordinal), segments.DataDirectory);
            segments.Done(name);
        }

        while (!isDone())
        {
            if (watch.Elapsed > Limit)
            {
                throw new BenchmarkException($"After {Limit.TotalMinutes} minutes not every segment was archived by: {command}");
            }

            Thread.Sleep(10);
        }

        var wall = watch.Elapsed.TotalSeconds;
        long peak = 0;
        while (WaitForAny(-1, 0, 0, out var usage) > 0)
        {
            peak = Math.Max(peak, usage.MaximumResidentKiB << 10);
        }

        if (Marshal.GetLastPInvokeError() != NoChild)
        {
            throw new BenchmarkException($"Waiting for the background process failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        var after = Cpu();
        return new Measurement(after.User - before.User, after.System - before.System, wall, peak, 0);
    }

    private static void Call(string command, string folder)
    {
        var start = new ProcessStartInfo("sh", ["-c", command]) { WorkingDirectory = folder };
        if (Environment.UserName == "root")
        {
            start.UserName = "postgres";
        }

        using var process = Process.Start(start)!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new BenchmarkException($"{command} ended with {process.ExitCode}.");
        }
    }

    private static (double User, double System) Cpu() => GetUsage(OfChildren, out var usage) == 0
        ? (usage.UserSeconds + (usage.UserMicroseconds / 1e6), usage.SystemSeconds + (usage.SystemMicroseconds / 1e6))
        : throw new BenchmarkException("getrusage is refused.");

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nint a, nint b, nint c, nint d);

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetUsage(int who, out Usage usage);

    [LibraryImport("libc", EntryPoint = "wait4", SetLastError = true)]
    private static partial int WaitForAny(int process, nint status, int options, out Usage usage);

    /// <summary>struct rusage, of a system with 64 bits.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Usage
    {
        public long UserSeconds;
        public long UserMicroseconds;
        public long SystemSeconds;
        public long SystemMicroseconds;
        public long MaximumResidentKiB;
        public Others Rest;
    }

    [System.Runtime.CompilerServices.InlineArray(13)]
    private struct Others
    {
        private long _first;
    }
}
