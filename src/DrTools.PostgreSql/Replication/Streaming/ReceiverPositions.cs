using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Replication.Streaming;

/// <summary>What the threads of a receiver know of each other.</summary>
internal sealed class ReceiverPositions(TimeProvider time)
{
    private readonly Lock _lock = new();
    private WalReceiverStatus _status = new()
    {
        State = WalReceiverState.Connecting,
        SystemIdentifier = string.Empty,
        Timeline = 0,
        Received = default,
        Flushed = default,
        Archived = default,
        ServerEnd = default,
        LastHeard = time.GetUtcNow(),
        Waiting = 0,
        ArchivedSegments = 0,
        Reconnects = 0,
    };

    public WalReceiverStatus Current
    {
        get
        {
            lock (_lock)
            {
                return _status;
            }
        }
    }

    public WalReceiverStatus Change(Func<WalReceiverStatus, WalReceiverStatus> change)
    {
        lock (_lock)
        {
            return _status = change(_status);
        }
    }
}
