using System.Globalization;
using DrTools.PostgreSql.Pages;
using DrTools.PostgreSql.Wal;
using DrTools.Sources;

namespace DrTools.PostgreSql.Physical;

/// <summary>What a physical backup records of itself, whichever way its files came.</summary>
internal sealed record PhysicalFacts
{
    public required string Transport { get; init; }

    public required ServerState Server { get; init; }

    public required uint Timeline { get; init; }

    public required Lsn Start { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    public required ulong StartXid { get; init; }

    /// <summary>Known once it has ended.</summary>
    public (Lsn Position, DateTimeOffset Time)? Stop { get; init; }

    public required uint WalSegmentSize { get; init; }

    public required bool HasChecksums { get; init; }

    public required bool WalIncluded { get; init; }

    public required string? DataDirectory { get; init; }

    /// <summary>Locations by number.</summary>
    public required IEnumerable<KeyValuePair<string, string>> Tablespaces { get; init; }

    public required RelationReading Reading { get; init; }

    public SourceFacts ToSourceFacts()
    {
        var details = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["method"] = "physical",
            ["transport"] = Transport,
            ["systemIdentifier"] = Number(Server.SystemIdentifier),
            ["timeline"] = Number(Timeline),
            ["startLsn"] = Start.ToString(),
            ["startTime"] = Moment(StartTime),
            ["startWal"] = SegmentNames.At(Timeline, Start, WalSegmentSize),
            ["startXid"] = Number(StartXid),
            ["serverVersion"] = Number((ulong)Server.VersionNumber),
            ["walSegmentSize"] = Number(WalSegmentSize),
            ["checksums"] = HasChecksums ? "on" : "off",
            ["fromStandby"] = Server.IsStandby ? "true" : "false",
            ["walIncluded"] = WalIncluded ? "true" : "false",
            ["pageSize"] = Number(PageHeader.PageSize),
        };
        if (DataDirectory is not null)
        {
            details["dataDirectory"] = DataDirectory;
        }

        if (Stop is { } stop)
        {
            details["stopLsn"] = stop.Position.ToString();
            details["stopTime"] = Moment(stop.Time);
            details["stopWal"] = SegmentNames.Before(Timeline, stop.Position, WalSegmentSize);
        }

        foreach (var (number, location) in Tablespaces)
        {
            details[$"tablespace.{number}"] = location;
        }

        if (Reading.DamagedFiles is { } damaged)
        {
            details["damaged"] = damaged;
            details["damagedPages"] = Number((ulong)Reading.DamagedPages);
        }

        return new SourceFacts { Engine = Server.ToString(), Details = details };
    }

    private static string Number(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Moment(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
