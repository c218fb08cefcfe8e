using System.Globalization;
using System.Text;

namespace DrTools.PostgreSql.Wal;

/// <summary>A timeline that another one comes from.</summary>
/// <param name="Timeline">The older timeline.</param>
/// <param name="End">Where the next one left it.</param>
/// <param name="Reason">Why, in the words of the server.</param>
public readonly record struct TimelineAncestor(uint Timeline, Lsn End, string Reason);

/// <summary>Which timelines a timeline comes from, as its history file says.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-TIMELINES">Timelines</see>;
/// the form is that of <c>readTimeLineHistory</c> in <c>src/backend/access/transam/timeline.c</c>.</remarks>
public sealed record TimelineHistory(uint Timeline, IReadOnlyList<TimelineAncestor> Ancestors)
{
    /// <summary>Of the first timeline there is no history file.</summary>
    public static TimelineHistory First { get; } = new(1, []);

    /// <summary>Reads a history file.</summary>
    /// <param name="timeline">The timeline that its name names.</param>
    /// <param name="content">The file.</param>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/>.</exception>
    public static TimelineHistory Parse(uint timeline, ReadOnlySpan<byte> content)
    {
        var ancestors = new List<TimelineAncestor>();
        foreach (var line in Encoding.UTF8.GetString(content).Split('\n'))
        {
            var text = line.TrimStart();
            if (text.Length == 0 || text[0] == '#')
            {
                continue;
            }

            var parts = text.Split((char[])[' ', '\t'], 3, StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length < 2 || !uint.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ancestor)
                || !Lsn.TryParse(parts[1], out var end) || ancestor >= timeline || (ancestors.Count > 0 && ancestor <= ancestors[^1].Timeline))
            {
                throw new DrException(
                    DrError.IntegrityFailure,
                    string.Create(CultureInfo.InvariantCulture, $"The history of timeline {timeline} is malformed at '{text}'."),
                    "Compare it with the file of the same name in another archive or in pg_wal of a server.")
                { Subject = string.Create(CultureInfo.InvariantCulture, $"{timeline:X8}.history") };
            }

            ancestors.Add(new TimelineAncestor(ancestor, end, parts.Length > 2 ? parts[2].Trim() : string.Empty));
        }

        return new TimelineHistory(timeline, ancestors);
    }

    /// <summary>Where this timeline left another one; <see langword="null"/> when it does not come from it, or is it.</summary>
    public Lsn? LeftAt(uint timeline)
    {
        foreach (var ancestor in Ancestors)
        {
            if (ancestor.Timeline == timeline)
            {
                return ancestor.End;
            }
        }

        return null;
    }
}
