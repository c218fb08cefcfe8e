using System.Globalization;
using DrTools.Backup;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Probing;

/// <summary>Where the log after a backup begins.</summary>
/// <param name="Position">The first position that a recovery can end at.</param>
/// <param name="Timeline">The timeline of the backup.</param>
/// <param name="SegmentSize">Bytes per segment.</param>
internal readonly record struct LogStart(Lsn Position, uint Timeline, long SegmentSize)
{
    /// <summary>Reads it from the facts of a physical backup.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> for another kind of backup.</exception>
    public static LogStart Of(BackupInfo backup)
    {
        var facts = backup.Facts.Details;
        return facts.GetValueOrDefault("method") == "physical"
            && Lsn.TryParse(facts.GetValueOrDefault("stopLsn"), out var stop)
            && uint.TryParse(facts.GetValueOrDefault("timeline"), NumberStyles.None, CultureInfo.InvariantCulture, out var timeline)
            && long.TryParse(facts.GetValueOrDefault("walSegmentSize"), NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? new LogStart(stop, timeline, size)
            : throw new DrException(DrError.BadUsage, $"{backup.Id} is not a physical backup of PostgreSQL.", "Choose a physical backup: only the log after one leads from moment to moment.") { Subject = backup.Id };
    }
}
