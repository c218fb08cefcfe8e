namespace DrTools.Drills.Coverage;

/// <summary>How a backup was tried.</summary>
public enum BackupTestKind
{
    /// <summary>In a drill.</summary>
    Drill,

    /// <summary>By restoring all of it.</summary>
    Restore,

    /// <summary>By a verification that restores it into scratch.</summary>
    Verification,
}

/// <summary>A time that a backup was restored, as a whole, for whatever reason.</summary>
/// <param name="Kind">How.</param>
/// <param name="Started">When it began, UTC.</param>
/// <param name="Passed">Whether everything of it came back, and was as it should be as far as that was looked at.</param>
/// <param name="Detail">What was done (<c>table-dropped, partial</c>), or what was wrong.</param>
public sealed record BackupTest(BackupTestKind Kind, DateTimeOffset Started, bool Passed, string? Detail);
