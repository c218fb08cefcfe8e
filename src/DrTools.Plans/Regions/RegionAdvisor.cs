namespace DrTools.Plans;

/// <summary>
/// Recommends where to recover a region: far enough that no disaster reaches both, under the same law where there is such a place,
/// in several zones, and then as near as may be, because distance is latency. Prices are not looked at: they are the plan's.
/// </summary>
public static class RegionAdvisor
{
    /// <summary>How far apart regions should be, km, if nothing else is said: farther than a storm, a flood or the failure of a grid
    /// usually reaches.</summary>
    public const double UsualDistance = 1000;

    private const int GoodZones = 3;

    /// <summary>Round trips that a transaction can wait for.</summary>
    private static readonly TimeSpan SynchronousLatency = TimeSpan.FromMilliseconds(10);

    /// <summary>Pairs regions.</summary>
    /// <param name="table">The regions.</param>
    /// <param name="regions">Only of these; of all when empty.</param>
    /// <param name="minimumDistance">Partners are at least so far away, km.</param>
    /// <param name="jurisdictions">Partners are under one of these laws (countries or areas); under any when empty, but the
    /// region's own before others.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the table has no such region or jurisdiction.</exception>
    public static IReadOnlyList<RegionPair> Pair(RegionTable table, IReadOnlyList<string> regions, double minimumDistance = UsualDistance, IReadOnlyList<string>? jurisdictions = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(regions);
        foreach (var unknown in (jurisdictions ?? []).Where(j => !table.Regions.Any(r => r.IsUnder(j))))
        {
            var known = table.Regions.SelectMany(r => new[] { r.Jurisdiction, r.Area }).OfType<string>().Distinct().Order(StringComparer.Ordinal);
            throw new DrException(DrError.BadUsage, $"No region of the table ({table.Source}) is under the law of '{unknown}'.", $"Name one of: {string.Join(", ", known)}.") { Subject = unknown };
        }

        IReadOnlyList<CloudRegion> chosen = regions.Count == 0 ? table.Regions : [.. regions.Select(table.Find).Distinct()];
        return [.. chosen.Select(r => Pair(table, r, minimumDistance, jurisdictions ?? []))];
    }

    private static RegionPair Pair(RegionTable table, CloudRegion primary, double minimumDistance, IReadOnlyList<string> jurisdictions)
    {
        var fit = table.Regions
            .Where(r => r != primary && string.Equals(r.Partition, primary.Partition, StringComparison.OrdinalIgnoreCase)
                && primary.DistanceTo(r) >= minimumDistance && (jurisdictions.Count == 0 || jurisdictions.Any(r.IsUnder)))
            .OrderBy(r => Preference(primary, r)).ThenBy(r => Kinship(primary, r)).ThenBy(r => r.Zones >= GoodZones ? 0 : 1).ThenBy(primary.DistanceTo).ToList();
        var secondary = fit.Count > 0 ? fit[0] : null;

        // What takes both must not take the third.
        var tertiary = secondary is null ? null : fit.Skip(1).FirstOrDefault(r => secondary.DistanceTo(r) >= minimumDistance);
        var partners = fit.Select(r => Partner(primary, r, r == secondary ? RegionPartnerRole.Secondary : r == tertiary ? RegionPartnerRole.Tertiary : null, secondary)).ToList();
        return new RegionPair
        {
            Primary = primary,
            Secondary = partners.Find(p => p.Role == RegionPartnerRole.Secondary),
            Tertiary = partners.Find(p => p.Role == RegionPartnerRole.Tertiary),
            Partners = partners,
            MinimumDistance = minimumDistance,
            Table = table.Source,
            TableRemark = table.Remark,
        };
    }

    /// <summary>The partner's place among those that the table prefers.</summary>
    private static int Preference(CloudRegion primary, CloudRegion other)
    {
        for (var place = 0; place < primary.Preferred.Count; place++)
        {
            if (string.Equals(primary.Preferred[place], other.Region, StringComparison.OrdinalIgnoreCase))
            {
                return place;
            }
        }

        return int.MaxValue;
    }

    /// <summary>0 for the same country, 1 for one under shared law, 2 for any other.</summary>
    private static int Kinship(CloudRegion primary, CloudRegion other) =>
        string.Equals(primary.Jurisdiction, other.Jurisdiction, StringComparison.OrdinalIgnoreCase) ? 0
        : primary.Area is { } area && string.Equals(area, other.Area, StringComparison.OrdinalIgnoreCase) ? 1
        : 2;

    private static RegionPartner Partner(CloudRegion primary, CloudRegion other, RegionPartnerRole? role, CloudRegion? secondary)
    {
        var distance = primary.DistanceTo(other);
        var latency = primary.LatencyTo(other);
        List<string> reasons =
        [
            .. Preference(primary, other) < int.MaxValue ? ["The table prefers it."] : Array.Empty<string>(),
            Kinship(primary, other) switch
            {
                0 => $"The same law holds ({other.Jurisdiction}).",
                1 => $"Shared law holds ({other.Area}): {other.Jurisdiction}.",
                _ => $"Another law holds ({other.Jurisdiction}): see whether the data may go there.",
            },
            $"{distance:0} km away.",
            latency <= SynchronousLatency
                ? $"About {latency.TotalMilliseconds:0} ms there and back: near enough for synchronous replication."
                : $"About {latency.TotalMilliseconds:0} ms there and back: replication has to be asynchronous.",
            other.Zones is { } zones ? $"{zones} zones{(zones < GoodZones ? ", which is few" : string.Empty)}." : "The number of its zones is not known.",
            .. role == RegionPartnerRole.Tertiary ? [$"{secondary!.DistanceTo(other):0} km from {secondary.Region}."] : Array.Empty<string>(),
        ];
        return new RegionPartner
        {
            Role = role,
            Region = other.Region,
            Location = other.Location,
            Jurisdiction = other.Jurisdiction,
            Distance = Math.Round(distance),
            Latency = latency,
            Zones = other.Zones,
            Reasons = reasons,
        };
    }
}
