using DrTools.Backup;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Probing;

/// <summary>Where the log after a backup begins.</summary>
/// <param name="Position">The first position that a recovery can end at.</param>
/// <param name="Timeline">The timeline of the backup.</param>
/// <param name="SegmentSize">Bytes per segment.</param>
internal readonly record struct LogStart(Lsn Position, uint Timeline, uint SegmentSize)
{
    /// <summary>Reads it from the facts of a physical backup.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> for another kind of backup.</exception>
    public static LogStart Of(BackupInfo backup) => PhysicalBackup.TryFrom(backup) is { } physical
        ? new LogStart(physical.Stop, physical.Timeline, physical.SegmentSize)
        : throw new DrException(DrError.BadUsage, $"{backup.Id} is not a physical backup of PostgreSQL.", "Choose a physical backup: only the log after one leads from moment to moment.") { Subject = backup.Id };
}
