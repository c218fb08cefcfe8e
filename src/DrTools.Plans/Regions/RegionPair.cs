namespace DrTools.Plans;

/// <summary>What a partner is for.</summary>
public enum RegionPartnerRole
{
    /// <summary>The first to take over.</summary>
    Secondary,

    /// <summary>For when that is lost too.</summary>
    Tertiary,
}

/// <summary>A region as a place to recover another one at.</summary>
public sealed record RegionPartner
{
    /// <summary>What it is recommended for; <see langword="null"/> where it is not.</summary>
    public RegionPartnerRole? Role { get; init; }

    /// <summary>Its name.</summary>
    public required string Region { get; init; }

    /// <summary>Where it is.</summary>
    public required string Location { get; init; }

    /// <summary>The country whose law holds there.</summary>
    public required string Jurisdiction { get; init; }

    /// <summary>How far away it is, km.</summary>
    public required double Distance { get; init; }

    /// <summary>Time there and back, estimated from the distance.</summary>
    public required TimeSpan Latency { get; init; }

    /// <summary>How many zones it has; <see langword="null"/> where it is not known.</summary>
    public int? Zones { get; init; }

    /// <summary>What speaks for it and against it, each as a sentence.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>Its name and distance.</summary>
    public override string ToString() => $"{Region} ({Distance:0} km)";
}

/// <summary>A region with the partners that are recommended for it.</summary>
public sealed record RegionPair
{
    /// <summary>The region.</summary>
    public required CloudRegion Primary { get; init; }

    /// <summary>Its name.</summary>
    public string Region => Primary.Region;

    /// <summary>Where to recover it; <see langword="null"/> when no region is fit.</summary>
    public RegionPartner? Secondary { get; init; }

    /// <summary>Where to recover it if that is lost too.</summary>
    public RegionPartner? Tertiary { get; init; }

    /// <summary>Every region that is far enough and under the wanted law, the best first.</summary>
    public required IReadOnlyList<RegionPartner> Partners { get; init; }

    /// <summary>The least distance that was asked for, km.</summary>
    public required double MinimumDistance { get; init; }

    /// <summary>Where the table was read.</summary>
    public required string Table { get; init; }

    /// <summary>As of when the table is, and from where.</summary>
    public required string TableRemark { get; init; }
}
