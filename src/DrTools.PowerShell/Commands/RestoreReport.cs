using DrTools.Backup;
using DrTools.Restore;
using DrTools.Sources;

namespace DrTools.PowerShell.Commands;

/// <summary>What came back incomplete must not pass for a success.</summary>
internal static class RestoreReport
{
    public static void Write(CancellableCommand command, RestoreResult result)
    {
        var issues = Display.FirstOf(result.Issues.Select(i => $"{i.Path}: {i.Problem}"), result.IssueCount);
        if (result.LossCount > 0)
        {
            command.WriteError(FailureErrorRecord.Create(
                new DrException(
                    DrError.IntegrityFailure,
                    $"{Display.Count(result.LossCount)} entries of {result.Backup.Id} could not be restored as they were: {issues}",
                    "Everything else is restored. Verify the other backups of this source, and restore these entries from one that passes."),
                result.Backup.Id));
        }
        else if (result.IssueCount > 0)
        {
            command.WriteWarning($"{Display.Count(result.IssueCount)} entries are not as they were: {issues}");
        }

        WriteFailed(command, result.Checks, result.Target, result.Backup);
    }

    /// <summary>A check that failed is an error.</summary>
    public static void WriteFailed(CancellableCommand command, IEnumerable<SourceCheck> checks, string target, BackupInfo backup)
    {
        foreach (var check in checks.Where(c => !c.Passed))
        {
            command.WriteError(FailureErrorRecord.Create(
                new DrException(
                    DrError.RestoreMismatch,
                    $"The check '{check.Name}' of {target} failed: {check.Detail}",
                    "Do not use this copy. Restore an earlier backup that passes Test-DrBackupIntegrity -Level Restore."),
                backup.Id));
        }
    }
}
