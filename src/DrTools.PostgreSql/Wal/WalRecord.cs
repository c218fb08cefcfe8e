using System.Buffers.Binary;
using System.Text;

namespace DrTools.PostgreSql.Wal;

/// <summary>A record of the log, as far as its beginning tells.</summary>
/// <param name="position">Where it starts.</param>
/// <param name="end">Where the next one may start.</param>
/// <param name="resourceManager">Number of the resource manager (<c>src/include/access/rmgrlist.h</c>).</param>
/// <param name="info">What of that manager it is.</param>
/// <param name="transaction">The transaction, without its epoch; 0 for none.</param>
/// <param name="mainData">The beginning of its main data.</param>
/// <remarks><c>XLogRecord</c> in <c>src/include/access/xlogrecord.h</c>; the same in PostgreSQL 9.5 to 18 as far as it is
/// read here.</remarks>
internal readonly ref struct WalRecord(Lsn position, Lsn end, byte resourceManager, byte info, uint transaction, ReadOnlySpan<byte> mainData)
{
    private const byte Xlog = 0;
    private const byte Xact = 1;
    private const byte Tablespace = 5;
    private const byte Switch = 0x40;
    private const byte RestorePoint = 0x70;
    private const byte CommandMask = 0x70;
    private const byte OwnInfo = 0xF0;
    private const int NameLength = 64;

    /// <summary>Where <c>CheckPoint</c> (src/include/catalog/pg_control.h) has its time, in PostgreSQL 12 to 18.</summary>
    private const int CheckpointTime = 64;

    /// <summary>Seconds from 1970 to 2000, where the clocks of servers begin.</summary>
    private static readonly DateTimeOffset Epoch = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public Lsn Position { get; } = position;

    public Lsn End { get; } = end;

    public byte ResourceManager { get; } = resourceManager;

    public byte Info { get; } = info;

    public uint Transaction { get; } = transaction;

    public ReadOnlySpan<byte> MainData { get; } = mainData;

    /// <summary>Whether it ends the transaction, prepared ones included: these are where a recovery to a time can stop.</summary>
    public bool EndsTransaction => ResourceManager == Xact && (Info & CommandMask) is 0x00 or 0x20 or 0x30 or 0x40;

    /// <summary>Whether it commits a transaction, which may have been prepared before.</summary>
    public bool Commits => ResourceManager == Xact && (Info & CommandMask) is 0x00 or 0x30;

    /// <summary>Whether the rest of the segment holds nothing.</summary>
    public bool IsSwitch => ResourceManager == Xlog && (Info & OwnInfo) == Switch;

    /// <summary>The clock's time in records that end a transaction and in restore points, UTC.</summary>
    public DateTimeOffset? Time =>
        (EndsTransaction || IsRestorePoint) && MainData.Length >= 8
            ? Epoch.AddTicks(BinaryPrimitives.ReadInt64LittleEndian(MainData) * TimeSpan.TicksPerMicrosecond)
            : null;

    /// <summary>The clock's time in these and in checkpoints (those in whole seconds, when they were begun), UTC: no transaction
    /// behind the record ended before.</summary>
    public DateTimeOffset? Clock => IsCheckpoint && MainData.Length >= CheckpointTime + 8
        ? DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadInt64LittleEndian(MainData[CheckpointTime..]))
        : Time;

    /// <summary>Whether it is a named restore point.</summary>
    public bool IsRestorePoint => ResourceManager == Xlog && (Info & OwnInfo) == RestorePoint;

    /// <summary>Whether it is the record of a checkpoint, be it at a shutdown.</summary>
    private bool IsCheckpoint => ResourceManager == Xlog && (Info & OwnInfo) is 0x00 or 0x10;

    /// <summary>The name of a restore point.</summary>
    public string? Name
    {
        get
        {
            if (!IsRestorePoint || MainData.Length < 8 + NameLength)
            {
                return null;
            }

            var name = MainData.Slice(8, NameLength);
            return Encoding.UTF8.GetString(name[..Math.Max(0, name.IndexOf((byte)0))]);
        }
    }

    /// <summary>Whether it makes a tablespace (<c>xl_tblspc_create_rec</c>: OID, location).</summary>
    public bool MakesTablespace => ResourceManager == Tablespace && (Info & OwnInfo) == 0;

    /// <summary>The OID of the tablespace that it makes.</summary>
    public uint TablespaceOid => MakesTablespace && MainData.Length >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(MainData) : 0;

    /// <summary>Where a tablespace is made, when that is what it logs.</summary>
    public string? TablespaceLocation
    {
        get
        {
            if (!MakesTablespace || MainData.Length < 5)
            {
                return null;
            }

            var path = MainData[4..];
            var end = path.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? path : path[..end]);
        }
    }
}
