using System.Globalization;
using DrTools.Backup;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Recovery;

/// <summary>A physical backup of a cluster, as far as recovery is concerned.</summary>
public sealed record PhysicalBackup
{
    private const string TablespacePrefix = "tablespace.";

    /// <summary>The backup.</summary>
    public required BackupInfo Info { get; init; }

    /// <summary>The cluster.</summary>
    public required ulong SystemIdentifier { get; init; }

    /// <summary>The timeline that it was taken on.</summary>
    public required uint Timeline { get; init; }

    /// <summary>Where its recovery starts.</summary>
    public required Lsn Start { get; init; }

    /// <summary>Where it is consistent: no recovery can stop before.</summary>
    public required Lsn Stop { get; init; }

    /// <summary>When it was started, by the server's clock, UTC.</summary>
    public required DateTimeOffset StartTime { get; init; }

    /// <summary>When it was stopped, by the server's clock, UTC: no recovery to a time can stop before.</summary>
    public required DateTimeOffset StopTime { get; init; }

    /// <summary>Major version of the server.</summary>
    public required int MajorVersion { get; init; }

    /// <summary>Size of the segments of its log, bytes.</summary>
    public required uint SegmentSize { get; init; }

    /// <summary>Whether the log that makes it consistent is stored with it.</summary>
    public bool IncludesWal { get; init; }

    /// <summary>Where its data directory was.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Locations of its tablespaces by their OID.</summary>
    public IReadOnlyDictionary<uint, string> Tablespaces { get; init; } = new Dictionary<uint, string>();

    /// <summary>Its id.</summary>
    public string Id => Info.Id;

    /// <summary>The segment that its recovery starts in.</summary>
    public WalSegment FirstSegment => WalSegment.At(Timeline, Start, SegmentSize);

    /// <summary>The segment that holds the last record that it needs.</summary>
    public WalSegment LastSegment => WalSegment.At(Timeline, new Lsn(Math.Max(Start.Value, Stop.Value - 1)), SegmentSize);

    /// <summary>What a backup's facts say, or <see langword="null"/> if it is not a physical one of PostgreSQL.</summary>
    public static PhysicalBackup? TryFrom(BackupInfo backup)
    {
        ArgumentNullException.ThrowIfNull(backup);
        var details = backup.Facts.Details;
        if (details.GetValueOrDefault("method") != "physical"
            || !ulong.TryParse(details.GetValueOrDefault("systemIdentifier"), NumberStyles.None, CultureInfo.InvariantCulture, out var system)
            || !uint.TryParse(details.GetValueOrDefault("timeline"), NumberStyles.None, CultureInfo.InvariantCulture, out var timeline)
            || !uint.TryParse(details.GetValueOrDefault("walSegmentSize"), NumberStyles.None, CultureInfo.InvariantCulture, out var size) || !WalSegment.IsSize(size)
            || !int.TryParse(details.GetValueOrDefault("serverVersion"), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            || !Lsn.TryParse(details.GetValueOrDefault("startLsn"), out var start) || !Lsn.TryParse(details.GetValueOrDefault("stopLsn"), out var stop)
            || !TryTime(details.GetValueOrDefault("startTime"), out var started) || !TryTime(details.GetValueOrDefault("stopTime"), out var stopped))
        {
            return null;
        }

        return new PhysicalBackup
        {
            Info = backup,
            SystemIdentifier = system,
            Timeline = timeline,
            Start = start,
            Stop = stop,
            StartTime = started,
            StopTime = stopped,
            MajorVersion = version / 10000,
            SegmentSize = size,
            IncludesWal = details.GetValueOrDefault("walIncluded") == "true",
            DataDirectory = details.GetValueOrDefault("dataDirectory"),
            Tablespaces = details.Where(d => d.Key.StartsWith(TablespacePrefix, StringComparison.Ordinal) && uint.TryParse(d.Key.AsSpan(TablespacePrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out _))
                .ToDictionary(d => uint.Parse(d.Key.AsSpan(TablespacePrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture), d => d.Value),
        };
    }

    private static bool TryTime(string? text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
}
