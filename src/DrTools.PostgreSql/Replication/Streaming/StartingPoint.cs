using DrTools.PostgreSql.Replication.Protocol;
using DrTools.PostgreSql.Wal;
using Npgsql;

namespace DrTools.PostgreSql.Replication.Streaming;

/// <summary>Decides where receiving begins: behind what the archive (or the spool) has; otherwise where the slot begins;
/// otherwise where the server is. Always at the start of a segment.</summary>
internal sealed class StartingPoint(ReplicationConnection connection, SystemIdentity server, uint segmentLength)
{
    /// <summary>The history of the server's timeline; of the first timeline there is none.</summary>
    public static TimelineHistory ReadHistory(ReplicationConnection connection, uint timeline, Action<string, byte[]> save)
    {
        if (timeline == 1)
        {
            return TimelineHistory.First;
        }

        var (name, content) = connection.TimelineHistory(timeline);
        save(name, content);
        return TimelineHistory.Parse(timeline, content);
    }

    /// <summary>Finds it.</summary>
    /// <param name="history">The history of the server's timeline.</param>
    /// <param name="last">The last complete segment of each timeline that is safe already.</param>
    /// <param name="slot">The slot, if one is used.</param>
    public (uint Timeline, Lsn Start) Find(TimelineHistory history, IReadOnlyDictionary<uint, string> last, PhysicalSlot? slot)
    {
        foreach (var timeline in history.NewestFirst())
        {
            if (last.TryGetValue(timeline, out var name) && PartialSegments.TryParse(name, segmentLength, out var segment))
            {
                return After(history, timeline, segment.End);
            }
        }

        if (slot is { Restart.Value: > 0 })
        {
            return (slot.Timeline, WalSegment.At(slot.Timeline, slot.Restart, segmentLength).Start);
        }

        return Now();
    }

    /// <summary>Where the server is.</summary>
    public (uint Timeline, Lsn Start) Now() =>
        (server.Timeline, WalSegment.At(server.Timeline, server.Position, segmentLength).Start);

    /// <summary>Where to go on behind a position, which may be past the point where the server's log left that timeline.</summary>
    public (uint Timeline, Lsn Start) After(TimelineHistory history, uint timeline, Lsn position)
    {
        while (history.LeftAt(timeline) is { } fork && position > fork)
        {
            // What lies behind the fork is not this server's past. The segment of the fork exists on both timelines.
            timeline = history.After(timeline);
            position = WalSegment.At(timeline, fork, segmentLength).Start;
        }

        return (timeline, position);
    }

    /// <summary>The slot, created if that is wanted.</summary>
    public PhysicalSlot? Slot(WalReceiverOptions options)
    {
        if (options.Slot is not { } name)
        {
            return null;
        }

        if (connection.ReadSlot(name) is { } slot)
        {
            return slot;
        }

        if (!options.CreateSlot)
        {
            throw new DrException(
                DrError.ServerSetting,
                $"There is no replication slot '{name}' on the server at {connection.Address}.",
                $"Have it created (--create-slot, -CreateSlot), or run: SELECT pg_create_physical_replication_slot('{name}', true);")
            { Subject = name };
        }

        try
        {
            connection.CreatePhysicalSlot(name, options.TemporarySlot);
        }
        catch (PostgresException e)
        {
            throw new DrException(
                DrError.ServerSetting,
                $"The replication slot '{name}' cannot be created on the server at {connection.Address}: {e.MessageText}",
                e.SqlState == PostgresErrorCodes.ConfigurationLimitExceeded
                    ? "Raise max_replication_slots (and restart the server), or drop a slot that nobody uses (pg_replication_slots)."
                    : e.Hint ?? "Use lower-case letters, digits and underscores, and a user with the REPLICATION attribute.",
                e)
            { Subject = name };
        }

        return connection.ReadSlot(name);
    }
}
