using System.Globalization;
using System.Text;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Replication.Streaming;

/// <summary>The timelines that a server's own descends from, oldest first, each with the position where it was left.</summary>
/// <remarks>Lines <c>timeline TAB position TAB reason</c>; <see
/// href="https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-TIMELINES">Timelines</see>.</remarks>
internal sealed record TimelineHistory(uint Timeline, IReadOnlyList<(uint Timeline, Lsn Switch)> Ancestors)
{
    public static TimelineHistory Parse(uint timeline, ReadOnlySpan<byte> content)
    {
        var ancestors = new List<(uint, Lsn)>();
        foreach (var line in Encoding.UTF8.GetString(content).Split('\n'))
        {
            var fields = line.Trim().Split('\t', 3);
            if (fields.Length >= 2 && uint.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Lsn.TryParse(fields[1], out var position))
            {
                ancestors.Add((id, position));
            }
        }

        return new TimelineHistory(timeline, ancestors);
    }

    /// <summary>Where a timeline was left, or <see langword="null"/> for the server's own.</summary>
    /// <param name="timeline">The timeline.</param>
    /// <param name="left">Where, if it is an ancestor.</param>
    /// <returns>Whether the server's log went through it.</returns>
    public bool Contains(uint timeline, out Lsn? left)
    {
        left = null;
        foreach (var (id, position) in Ancestors)
        {
            if (id == timeline)
            {
                left = position;
                return true;
            }
        }

        return timeline == Timeline;
    }

    /// <summary>The timeline that followed an ancestor.</summary>
    public uint After(uint timeline)
    {
        for (var i = 0; i < Ancestors.Count; i++)
        {
            if (Ancestors[i].Timeline == timeline)
            {
                return i + 1 < Ancestors.Count ? Ancestors[i + 1].Timeline : Timeline;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(timeline));
    }

    /// <summary>All timelines, the newest first.</summary>
    public IEnumerable<uint> NewestFirst() => Ancestors.Select(a => a.Timeline).Append(Timeline).Reverse();
}
