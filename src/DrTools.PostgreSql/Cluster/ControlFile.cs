using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using DrTools.PostgreSql.Pages;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Cluster;

/// <summary>The control file of a cluster (<c>global/pg_control</c>), as versions 13 to 18 write it.</summary>
/// <remarks>Its layout is that of <c>ControlFileData</c> in <c>src/include/catalog/pg_control.h</c>; 18 added one field
/// behind the last one that is read here, in front of the checksum.</remarks>
public sealed record ControlFile
{
    /// <summary>Path relative to the data directory.</summary>
    public const string RelativePath = "global/pg_control";

    /// <summary>Size of the file in bytes; what follows the fields is zeros.</summary>
    public const int FileLength = 8192;

    private const uint Version13 = 1300;
    private const uint Version17 = 1700;
    private const uint Version18 = 1800;
    private const int ReadAttempts = 10;

    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(20);

    /// <summary>Identifies the cluster and its copies; given by initdb.</summary>
    public required ulong SystemIdentifier { get; init; }

    /// <summary>Version of the layout: 1300 for PostgreSQL 13 to 16, 1700 for 17, 1800 for 18.</summary>
    public required uint ControlVersion { get; init; }

    /// <summary>Version of the system catalogs, part of the names of folders in tablespaces.</summary>
    public required uint CatalogVersion { get; init; }

    /// <summary>What the cluster was doing.</summary>
    public required ClusterState State { get; init; }

    /// <summary>When the file was written, UTC, in whole seconds.</summary>
    public required DateTimeOffset Written { get; init; }

    /// <summary>Where the record of the last checkpoint (of a standby: restartpoint) lies.</summary>
    public required Lsn Checkpoint { get; init; }

    /// <summary>Where recovery starts from that checkpoint.</summary>
    public required Lsn Redo { get; init; }

    /// <summary>The timeline of that checkpoint.</summary>
    public required uint Timeline { get; init; }

    /// <summary>The timeline before it, where that checkpoint began a new one; otherwise the same.</summary>
    public required uint PreviousTimeline { get; init; }

    /// <summary>Whether full-page writes were on at that checkpoint.</summary>
    public required bool FullPageWrites { get; init; }

    /// <summary>When that checkpoint was made, UTC, in whole seconds.</summary>
    public required DateTimeOffset CheckpointTime { get; init; }

    /// <summary>How far a cluster in recovery has to get to be consistent; 0/0 otherwise.</summary>
    public required Lsn MinimumRecoveryPoint { get; init; }

    /// <summary>The timeline of <see cref="MinimumRecoveryPoint"/>.</summary>
    public required uint MinimumRecoveryTimeline { get; init; }

    /// <summary>wal_level: 0 minimal, 1 replica, 2 logical.</summary>
    public required int WalLevel { get; init; }

    /// <summary>Whether hint bits are logged as if checksums were on (wal_log_hints).</summary>
    public required bool WalLogHints { get; init; }

    /// <summary>max_connections of the server that wrote the log up to here. A server that answers queries while it recovers
    /// needs as many, and likewise of the four below.</summary>
    public int MaxConnections { get; init; }

    /// <summary>max_worker_processes, likewise.</summary>
    public int MaxWorkerProcesses { get; init; }

    /// <summary>max_wal_senders, likewise.</summary>
    public int MaxWalSenders { get; init; }

    /// <summary>max_prepared_transactions, likewise.</summary>
    public int MaxPreparedTransactions { get; init; }

    /// <summary>max_locks_per_transaction, likewise.</summary>
    public int MaxLocksPerTransaction { get; init; }

    /// <summary>Pages per segment of a relation file (131,072: 1 GiB).</summary>
    public required uint SegmentPages { get; init; }

    /// <summary>Bytes per WAL segment.</summary>
    public required uint WalSegmentSize { get; init; }

    /// <summary>0 where data checksums are off, 1 where they are on.</summary>
    public required uint ChecksumVersion { get; init; }

    /// <summary>Whether pages bear checksums.</summary>
    public bool HasChecksums => ChecksumVersion != 0;

    /// <summary>Whether every change of a page, hint bits included, shows in its LSN: with checksums, or with wal_log_hints.</summary>
    public bool LsnTellsChanges => HasChecksums || WalLogHints;

    /// <summary>Reads the control file of a data directory, which a running server may be writing.</summary>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="bytes">The file as it is.</param>
    /// <exception cref="DrException"><see cref="DrError.SourceMissing"/> where there is none or it may not be read,
    /// <see cref="DrError.IntegrityFailure"/> where it is damaged, <see cref="DrError.SourceFailure"/> where it is of a
    /// version that is not known.</exception>
    public static ControlFile Read(string dataDirectory, out byte[] bytes)
    {
        var path = Path.Combine(dataDirectory, RelativePath);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                bytes = File.ReadAllBytes(path);
                return Parse(bytes, path);
            }
            catch (DrException e) when (e.Error == DrError.IntegrityFailure && attempt < ReadAttempts)
            {
                // Reading is not atomic against the server's writing.
                Thread.Sleep(BetweenAttempts);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new DrException(
                    DrError.SourceMissing,
                    $"The control file {path} cannot be read: {e.Message}",
                    "Check that this is the data directory of a PostgreSQL cluster, and run as its owner.",
                    e)
                { Subject = path };
            }
        }
    }

    /// <summary>Reads the control file of a data directory.</summary>
    /// <exception cref="DrException">See <see cref="Read(string, out byte[])"/>.</exception>
    public static ControlFile Read(string dataDirectory) => Read(dataDirectory, out _);

    /// <summary>Takes the content of a control file apart and verifies its CRC-32C.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="subject">What errors call it.</param>
    /// <exception cref="DrException">See <see cref="Read(string, out byte[])"/>.</exception>
    public static ControlFile Parse(ReadOnlySpan<byte> bytes, string subject = RelativePath)
    {
        if (bytes.Length < FileLength)
        {
            throw Damaged(subject, string.Create(CultureInfo.InvariantCulture, $"it has {bytes.Length} bytes instead of {FileLength}"));
        }

        var version = UInt32(bytes, 8);
        var checksumAt = version switch
        {
            Version13 or Version17 => 288,
            Version18 => 292,
            _ => throw new DrException(
                DrError.SourceFailure,
                string.Create(CultureInfo.InvariantCulture, $"{subject} is of version {version}, which is not known."),
                "PostgreSQL 13 to 18 on little-endian 64-bit hosts are known; use a newer DrTools for a newer PostgreSQL.")
            { Subject = subject },
        };
        if (Crc32C(bytes[..checksumAt]) != UInt32(bytes, checksumAt))
        {
            throw Damaged(subject, "its CRC is wrong");
        }

        var control = new ControlFile
        {
            SystemIdentifier = UInt64(bytes, 0),
            ControlVersion = version,
            CatalogVersion = UInt32(bytes, 12),
            State = (ClusterState)UInt32(bytes, 16),
            Written = DateTimeOffset.FromUnixTimeSeconds((long)UInt64(bytes, 24)),
            Checkpoint = Position(bytes, 32),
            Redo = Position(bytes, 40),
            Timeline = UInt32(bytes, 48),
            PreviousTimeline = UInt32(bytes, 52),
            FullPageWrites = bytes[56] != 0,
            CheckpointTime = DateTimeOffset.FromUnixTimeSeconds((long)UInt64(bytes, 104)),
            MinimumRecoveryPoint = Position(bytes, 136),
            MinimumRecoveryTimeline = UInt32(bytes, 144),
            WalLevel = (int)UInt32(bytes, 172),
            WalLogHints = bytes[176] != 0,
            MaxConnections = (int)UInt32(bytes, 180),
            MaxWorkerProcesses = (int)UInt32(bytes, 184),
            MaxWalSenders = (int)UInt32(bytes, 188),
            MaxPreparedTransactions = (int)UInt32(bytes, 192),
            MaxLocksPerTransaction = (int)UInt32(bytes, 196),
            SegmentPages = UInt32(bytes, 220),
            WalSegmentSize = UInt32(bytes, 228),
            ChecksumVersion = UInt32(bytes, 252),
        };
        var pageSize = UInt32(bytes, 216);
        return pageSize == PageHeader.PageSize ? control : throw new DrException(
            DrError.SourceFailure,
            string.Create(CultureInfo.InvariantCulture, $"The cluster was built with pages of {pageSize} bytes ({subject})."),
            string.Create(CultureInfo.InvariantCulture, $"Only pages of {PageHeader.PageSize} bytes, as all packages have them, can be backed up physically; take a logical backup."))
        { Subject = subject };
    }

    private static DrException Damaged(string subject, string why) => new(
        DrError.IntegrityFailure,
        $"The control file {subject} is damaged: {why}.",
        "Check the disk. A cluster whose control file is gone is restored from a backup.")
    { Subject = subject };

    private static uint UInt32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static ulong UInt64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);

    private static Lsn Position(ReadOnlySpan<byte> bytes, int offset) => new(UInt64(bytes, offset));

    private static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
