using System.Buffers.Binary;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Scratch;

/// <summary>What recovery has to know from <c>global/pg_control</c>.</summary>
/// <remarks>The layout of PostgreSQL 12 to 18, which differ only behind what is read here (src/include/catalog/pg_control.h).</remarks>
internal sealed record ControlData
{
    private const int ReadLength = 256;

    public required ulong SystemIdentifier { get; init; }

    public required Lsn Checkpoint { get; init; }

    public required Lsn Redo { get; init; }

    public required uint Timeline { get; init; }

    /// <summary>Up to where recovery must come before the data are consistent.</summary>
    public required Lsn MinimumRecoveryPoint { get; init; }

    /// <summary>When it was last written, UTC.</summary>
    public required DateTimeOffset Written { get; init; }

    public required int MaxConnections { get; init; }

    public required int MaxWorkerProcesses { get; init; }

    public required int MaxWalSenders { get; init; }

    public required int MaxPreparedTransactions { get; init; }

    public required int MaxLocksPerTransaction { get; init; }

    public required int SegmentSize { get; init; }

    /// <summary>Whether pages carry checksums.</summary>
    public required bool HasChecksums { get; init; }

    /// <exception cref="DrException"><see cref="DrError.RecoveryFailed"/>: it is missing, or not one.</exception>
    public static ControlData Read(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, "global", "pg_control");
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(DrError.RecoveryFailed, $"{path} cannot be read: {e.Message}", "Check that this is a data directory, and restore it again.", e) { Subject = path };
        }

        var version = content.Length >= ReadLength ? BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(8)) : 0;
        if (version is < 1201 or > 1900)
        {
            throw new DrException(DrError.RecoveryFailed, $"{path} is not the control file of PostgreSQL 12 or later.", "Check that this is a data directory, and restore it again.") { Subject = path };
        }

        ulong Long(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(content.AsSpan(offset));
        int Int(int offset) => BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(offset));
        return new ControlData
        {
            SystemIdentifier = Long(0),
            Written = DateTimeOffset.FromUnixTimeSeconds((long)Long(24)),
            Checkpoint = new Lsn(Long(32)),
            Redo = new Lsn(Long(40)),
            Timeline = (uint)Int(48),
            MinimumRecoveryPoint = new Lsn(Long(136)),
            MaxConnections = Int(180),
            MaxWorkerProcesses = Int(184),
            MaxWalSenders = Int(188),
            MaxPreparedTransactions = Int(192),
            MaxLocksPerTransaction = Int(196),
            SegmentSize = Int(228),
            HasChecksums = Int(252) != 0,
        };
    }
}
