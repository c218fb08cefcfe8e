using System.Collections.Concurrent;
using DrTools.PostgreSql.Replication.Streaming;

namespace DrTools.PowerShell.Commands;

/// <summary>Shows how a receiver does, and keeps what it has to say until the pipeline's thread can write it.</summary>
internal sealed class ReceiverDisplay(string activity) : ProgressDisplay(activity), IProgress<WalReceiverStatus>
{
    private readonly WalReceiverMessages _messages = new();
    private readonly ConcurrentQueue<WalReceiverMessage> _waiting = new();
    private volatile WalReceiverStatus? _latest;

    public void Report(WalReceiverStatus value)
    {
        _latest = value;
        if (_messages.Next(value) is { } message)
        {
            _waiting.Enqueue(message);
        }
    }

    /// <summary>The next thing to say.</summary>
    public bool TryTake(out WalReceiverMessage message) => _waiting.TryDequeue(out message);

    protected override WorkAmount? Measure() => _latest is { } status
        ? new WorkAmount(
            status.ReceivedBytes,
            0,
            $"{Display.Size(status.ReceivedBytes)} received, {Display.Count(status.ArchivedSegments, "segment")} archived{(status.Reconnects == 0 ? string.Empty : $", the connection was lost {Display.Count(status.Reconnects, "time")}")}",
            $"{status.Flushed}, {Display.Size(status.LagBytes)} behind{(status.State == WalReceiverState.Streaming ? string.Empty : $"; {status.State.ToString().ToLowerInvariant()}")}")
        : null;
}
