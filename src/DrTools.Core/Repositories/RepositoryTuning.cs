using DrTools.Repositories.Packs;

namespace DrTools.Repositories;

/// <summary>Figures that are no part of the format, so that a test can have many packs of little content and leases
/// that end while it waits.</summary>
internal sealed record RepositoryTuning
{
    public static RepositoryTuning Default { get; } = new();

    /// <summary>How long a lease lasts without being renewed.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Size at which a pack is closed and the next one begun, bytes.</summary>
    public int PackLength { get; init; } = PackFormat.TargetLength;
}
