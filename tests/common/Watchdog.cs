using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using Xunit;
using Xunit.v3;

[assembly: DrTools.Tests.Watchdog]

namespace DrTools.Tests;

/// <summary>
/// Ends a test that hangs. A hang must cost its own test, not the whole run: after five minutes the test is cancelled and
/// the processes of the machine are listed; where it does not react within another minute, the test program ends with the
/// test's name, and the run counts as failed. The long forms of torture tests (DRTOOLS_TORTURE=long) are left alone.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class WatchdogAttribute : BeforeAfterTestAttribute
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private static readonly ConcurrentDictionary<string, Running> Tests = new();
    private static readonly Timer? Clock =
        Environment.GetEnvironmentVariable("DRTOOLS_TORTURE") == "long" ? null : new Timer(_ => Look(), null, Interval, Interval);

    /// <inheritdoc/>
    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (Clock is not null)
        {
            Tests[test.UniqueID] = new Running(test.TestDisplayName, TestContext.Current);
        }
    }

    /// <inheritdoc/>
    public override void After(MethodInfo methodUnderTest, IXunitTest test) => Tests.TryRemove(test.UniqueID, out _);

    private static void Look()
    {
        foreach (var test in Tests.Values)
        {
            if (test.Clock.Elapsed > Limit && !test.IsCancelled)
            {
                test.IsCancelled = true;
                Console.Error.WriteLine($"{test.Name} has run for {Limit.TotalMinutes:0} minutes and is cancelled. What runs now:");
                ListProcesses();
                test.Context.CancelCurrentTest();
            }
            else if (test.Clock.Elapsed > Limit + Grace)
            {
                Environment.FailFast($"{test.Name} hangs and does not react to being cancelled.");
            }
        }
    }

    private static void ListProcesses()
    {
        var start = new ProcessStartInfo("ps", ["-eo", "pid,ppid,stat,etimes,wchan:20,args", "--forest"]) { RedirectStandardOutput = true };
        using var list = Process.Start(start)!;
        Console.Error.WriteLine(list.StandardOutput.ReadToEnd());
    }

    private sealed class Running(string name, ITestContext context)
    {
        public string Name { get; } = name;

        public ITestContext Context { get; } = context;

        public Stopwatch Clock { get; } = Stopwatch.StartNew();

        public bool IsCancelled { get; set; }
    }
}
