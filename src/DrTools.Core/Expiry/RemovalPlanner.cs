using DrTools.Retention;

namespace DrTools.Expiry;

/// <summary>Plans the removal of backups that were named, and refuses what must not go.</summary>
internal static class RemovalPlanner
{
    /// <param name="candidates">Every backup of the repository.</param>
    /// <param name="ids">Those to be removed.</param>
    /// <param name="force">Whether a damaged backup, or the last restorable one of a source, may go.</param>
    /// <param name="location">The repository, for messages.</param>
    /// <exception cref="DrException"><see cref="DrError.BackupMissing"/> or <see cref="DrError.BackupProtected"/>.</exception>
    public static RetentionPlan Plan(IReadOnlyList<RetentionCandidate> candidates, IReadOnlySet<string> ids, bool force, string location)
    {
        if (ids.FirstOrDefault(id => candidates.All(c => c.Id != id)) is { } unknown)
        {
            throw new DrException(DrError.BackupMissing, $"There is no backup {unknown} in {location}.", "List the backups to see what there is.") { Subject = unknown };
        }

        foreach (var candidate in candidates.Where(c => ids.Contains(c.Id)))
        {
            if (candidate.IsPinned)
            {
                throw Protected(candidate, $"is pinned{(candidate.PinReason is null ? string.Empty : $" ({candidate.PinReason})")}", "Release it first (drtools unpin, Unprotect-DrBackup).");
            }

            if (candidate.IsLeased)
            {
                throw Protected(candidate, "is what a running backup builds on", "Wait until that one has finished.");
            }

            if (force)
            {
                continue;
            }

            if (candidate.IsDamaged)
            {
                throw Protected(candidate, "has a damaged manifest", "Bring the manifest back from another copy of the repository, or insist on removing it (--force, -Force).");
            }

            if (candidates.Where(c => c.Source == candidate.Source && !c.IsDamaged).All(c => ids.Contains(c.Id)))
            {
                throw Protected(candidate, $"would take the last backup of {candidate.Source} with it", "Take another backup first, or insist (--force, -Force).");
            }
        }

        return new RetentionPlan([.. candidates.Where(c => ids.Contains(c.Id)).Select(c => new RetentionDecision(c, false, ["removed by name"]))]);
    }

    private static DrException Protected(RetentionCandidate backup, string why, string remedy) =>
        new(DrError.BackupProtected, $"The backup {backup.Id} {why}.", remedy) { Subject = backup.Id };
}
