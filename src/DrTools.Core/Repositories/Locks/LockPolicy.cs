using DrTools.Stores;

namespace DrTools.Repositories.Locks;

/// <summary>How the objects of a repository are locked; part of its header.</summary>
/// <param name="Mode">Who may still remove them.</param>
/// <param name="RetentionDays">How many days ahead everything that is kept is locked, at any moment.</param>
public sealed record LockPolicy(ObjectLockMode Mode, int RetentionDays)
{
    /// <summary>The longest that can be chosen: ten years, as a slip of the keyboard cannot be taken back.</summary>
    public const int MaximumDays = 3660;

    /// <summary>How far ahead everything that is kept is locked at least.</summary>
    public TimeSpan Promise => TimeSpan.FromDays(RetentionDays);

    /// <summary>For how long objects are locked: longer than promised by a tenth, so that locks need not be extended every
    /// time, and by a day for clocks that differ.</summary>
    public TimeSpan Period => TimeSpan.FromDays((RetentionDays * 1.1) + 1);

    /// <summary>Whether objects of a name are locked. Leases are renewed all the time and hold no data; pins can be taken
    /// back; markers say only what the locks themselves say; headers are locked once both copies are there.</summary>
    public static bool Covers(string name) =>
        !name.StartsWith("leases/", StringComparison.Ordinal) && !name.StartsWith("pins/", StringComparison.Ordinal)
        && !name.StartsWith(LockMarkers.Prefix, StringComparison.Ordinal) && !name.StartsWith(RepositoryHeader.Prefix, StringComparison.Ordinal);

    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    public void Validate()
    {
        if (RetentionDays is < 1 or > MaximumDays)
        {
            throw new DrException(
                DrError.BadUsage,
                $"Objects cannot be locked for {RetentionDays} days.",
                $"Give 1 to {MaximumDays} days (--retention-days, -RetentionDays).");
        }
    }
}
