using DrTools.Backup;
using DrTools.Sources;

namespace DrTools.PowerShell.Commands;

/// <summary>What somebody should look at when a backup is new.</summary>
internal static class BackupWarnings
{
    /// <summary>Its unusual signs, and what is missing from it.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="issues">Entries that are missing or not as they should be, or the first of them.</param>
    public static IEnumerable<string> Of(BackupInfo backup, IReadOnlyList<EntryIssue> issues)
    {
        foreach (var sign in backup.Unusual ?? [])
        {
            yield return $"Unusual about {backup.Id} of {backup.Source}: {sign} This may be ransomware, or a mistake: look at the source before older backups expire, and pin the last good one (Protect-DrBackup).";
        }

        if (backup.IsPartial)
        {
            yield return $"The backup {backup.Id} of {backup.Source} is partial: {Display.FirstOf(issues.Where(i => i.IsLoss).Select(i => $"{i.Path}: {i.Problem}"), backup.IssueCount)}";
        }
    }
}
