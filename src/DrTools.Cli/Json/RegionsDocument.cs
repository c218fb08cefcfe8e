using DrTools.Plans;

namespace DrTools.Cli.Json;

/// <summary>What <c>regions</c> prints.</summary>
internal sealed record RegionsDocument(string Table, string TableRemark, IReadOnlyList<RegionDocument> Regions)
{
    public static RegionsDocument Of(RegionTable table, IReadOnlyList<RegionPair> pairs) => new(table.Source, table.Remark, [.. pairs.Select(p => new RegionDocument(
        p.Region,
        p.Primary.Location,
        p.Primary.Latitude,
        p.Primary.Longitude,
        p.Primary.Jurisdiction,
        p.Primary.Area,
        p.Primary.Zones,
        p.MinimumDistance,
        p.Secondary?.Region,
        p.Tertiary?.Region,
        [.. p.Partners.Select(r => new RegionPartnerDocument(r.Region, r.Location, r.Jurisdiction, r.Role is { } role ? Scalars.Word(role) : null, r.Distance, Scalars.Seconds(r.Latency), r.Zones, r.Reasons))]))]);
}

/// <summary>A region with its partners.</summary>
internal sealed record RegionDocument(
    string Region,
    string Location,
    double Latitude,
    double Longitude,
    string Jurisdiction,
    string? Area,
    int? Zones,
    double MinimumKilometres,
    string? Secondary,
    string? Tertiary,
    IReadOnlyList<RegionPartnerDocument> Partners);

/// <summary>A place to recover a region at.</summary>
internal sealed record RegionPartnerDocument(
    string Region, string Location, string Jurisdiction, string? Role, double Kilometres, double LatencySeconds, int? Zones, IReadOnlyList<string> Reasons);

/// <summary>What <c>regions --show-table</c> prints.</summary>
internal sealed record RegionTableDocument(string Text);
