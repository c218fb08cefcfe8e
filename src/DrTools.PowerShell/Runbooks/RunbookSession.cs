using DrTools.Drills;
using DrTools.Drills.Runbooks;

namespace DrTools.PowerShell.Runbooks;

/// <summary>
/// The drill that a runbook is being run for. A runbook runs on the thread of the pipeline that holds its drill, so that its steps find
/// the drill by the thread, from whatever scope or module they are called.
/// </summary>
internal sealed class RunbookSession : IDisposable
{
    [ThreadStatic]
    private static RunbookSession? s_current;

    private readonly RunbookSession? _outer;

    private RunbookSession(RunbookDrill drill, Talk? talk)
    {
        (Drill, Talk, _outer) = (drill, talk, s_current);
        s_current = this;
    }

    /// <summary>The drill of this thread; <see langword="null"/> when a runbook is run by itself.</summary>
    public static RunbookSession? Current => s_current;

    public RunbookDrill Drill { get; }

    /// <summary>What people say; <see langword="null"/> when nobody is there.</summary>
    public Talk? Talk { get; }

    public static RunbookSession Enter(RunbookDrill drill, Talk? talk) => new(drill, talk);

    public void Dispose() => s_current = _outer;
}
