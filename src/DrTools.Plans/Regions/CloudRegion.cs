namespace DrTools.Plans;

/// <summary>A region of a cloud, or a data centre of one's own, as a table of regions has it.</summary>
public sealed record CloudRegion
{
    private const double KilometresPerMillisecond = 200 / 2 / 1.5;

    private const double EarthRadius = 6371.0088;

    /// <summary>Its name (<c>eu-central-1</c>).</summary>
    public required string Region { get; init; }

    /// <summary>Where it is.</summary>
    public required string Location { get; init; }

    /// <summary>Degrees north.</summary>
    public required double Latitude { get; init; }

    /// <summary>Degrees east.</summary>
    public required double Longitude { get; init; }

    /// <summary>The country whose law holds there.</summary>
    public required string Jurisdiction { get; init; }

    /// <summary>The area of law that the country shares with others (<c>EU</c>).</summary>
    public string? Area { get; init; }

    /// <summary>How many separate zones it has; <see langword="null"/> where it is not known.</summary>
    public int? Zones { get; init; }

    /// <summary>What it belongs to: accounts of one partition cannot use the regions of another.</summary>
    public string? Partition { get; init; }

    /// <summary>Partners that the table wants to be taken before others.</summary>
    public IReadOnlyList<string> Preferred { get; init; } = [];

    /// <summary>Length of the great circle to another one, km (haversine formula, mean radius of the earth).</summary>
    public double DistanceTo(CloudRegion other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var (lat1, lat2) = (double.DegreesToRadians(Latitude), double.DegreesToRadians(other.Latitude));
        var (dLat, dLon) = (lat2 - lat1, double.DegreesToRadians(other.Longitude - Longitude));
        var h = Math.Pow(Math.Sin(dLat / 2), 2) + (Math.Cos(lat1) * Math.Cos(lat2) * Math.Pow(Math.Sin(dLon / 2), 2));
        return 2 * EarthRadius * Math.Asin(Math.Min(1, Math.Sqrt(h)));
    }

    /// <summary>Time to another one and back, estimated from the distance: light makes 200 km a millisecond in glass, and cables are
    /// taken to be half as long again as the great circle.</summary>
    public TimeSpan LatencyTo(CloudRegion other) => TimeSpan.FromMilliseconds(DistanceTo(other) / KilometresPerMillisecond);

    /// <summary>Whether a jurisdiction is that of the region, or one that it shares.</summary>
    public bool IsUnder(string jurisdiction) =>
        string.Equals(Jurisdiction, jurisdiction, StringComparison.OrdinalIgnoreCase) || string.Equals(Area, jurisdiction, StringComparison.OrdinalIgnoreCase);

    /// <summary>Its name.</summary>
    public override string ToString() => Region;
}
