using System.Diagnostics;
using System.Management.Automation;

namespace DrTools.PowerShell.Commands;

/// <summary>How far some work is.</summary>
/// <param name="Bytes">Content handled, bytes.</param>
/// <param name="TotalBytes">Content in all, bytes; 0 when that is not known.</param>
/// <param name="Current">What is being handled.</param>
/// <param name="State">What stands in the bar, where bytes and rate say too little.</param>
internal sealed record WorkAmount(long Bytes, long TotalBytes, string Current, string? State = null);

/// <summary>
/// The progress bar of one piece of work: percent, rate and remaining time. It appears after two seconds, so that quick
/// work does not flicker.
/// </summary>
internal abstract class ProgressDisplay(string activity)
{
    private const int ActivityId = 1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private bool _shown;

    /// <summary>What to show now, if anything.</summary>
    public ProgressRecord? Next()
    {
        if (_elapsed.Elapsed < Patience || Measure() is not { } amount)
        {
            return null;
        }

        _shown = true;
        var seconds = _elapsed.Elapsed.TotalSeconds;
        var rate = amount.Bytes / seconds;
        var of = amount.TotalBytes > 0 ? $" of {Display.Size(amount.TotalBytes)}" : string.Empty;
        var record = new ProgressRecord(ActivityId, activity, amount.State ?? $"{Display.Size(amount.Bytes)}{of}, {Display.Size((long)rate)}/s")
        {
            CurrentOperation = amount.Current,
        };
        if (amount.TotalBytes > 0)
        {
            record.PercentComplete = (int)Math.Clamp(amount.Bytes * 100 / amount.TotalBytes, 0, 100);
            record.SecondsRemaining = rate > 0 ? (int)Math.Clamp((amount.TotalBytes - amount.Bytes) / rate, 0, int.MaxValue) : -1;
        }

        return record;
    }

    /// <summary>Takes the bar away, if there is one.</summary>
    public ProgressRecord? Last() => _shown ? new ProgressRecord(ActivityId, activity, "done") { RecordType = ProgressRecordType.Completed } : null;

    /// <summary>How far the work is; <see langword="null"/> when it has not said yet.</summary>
    protected abstract WorkAmount? Measure();
}

/// <summary>Shows what an engine reports. Only the latest report counts.</summary>
/// <typeparam name="T">What the engine reports.</typeparam>
/// <param name="activity">What is being done, for people.</param>
/// <param name="measure">How much of the work a report stands for.</param>
internal sealed class ProgressDisplay<T>(string activity, Func<T, WorkAmount> measure) : ProgressDisplay(activity), IProgress<T>
    where T : struct
{
    private readonly Lock _lock = new();
    private T? _latest;

    public void Report(T value)
    {
        lock (_lock)
        {
            _latest = value;
        }
    }

    protected override WorkAmount? Measure()
    {
        lock (_lock)
        {
            return _latest is { } latest ? measure(latest) : null;
        }
    }
}
