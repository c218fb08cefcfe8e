using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Replication.Streaming;

/// <summary>The way that a server's log took from timeline to timeline.</summary>
internal static class TimelinePath
{
    /// <summary>Whether the log went through a timeline.</summary>
    public static bool Contains(this TimelineHistory history, uint timeline) => timeline == history.Timeline || history.LeftAt(timeline) is not null;

    /// <summary>The timeline that followed an ancestor.</summary>
    public static uint After(this TimelineHistory history, uint timeline)
    {
        for (var i = 0; i < history.Ancestors.Count - 1; i++)
        {
            if (history.Ancestors[i].Timeline == timeline)
            {
                return history.Ancestors[i + 1].Timeline;
            }
        }

        return history.Timeline;
    }

    /// <summary>All timelines, the newest first.</summary>
    public static IEnumerable<uint> NewestFirst(this TimelineHistory history) => history.Ancestors.Select(a => a.Timeline).Append(history.Timeline).Reverse();
}
