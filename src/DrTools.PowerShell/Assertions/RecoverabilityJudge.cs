using DrTools.Drills;
using DrTools.Plans;
using DrTools.Verification;

namespace DrTools.PowerShell.Assertions;

/// <summary>Judges whether a backup can be recovered from, which only a restore shows.</summary>
internal static class RecoverabilityJudge
{
    public const string Demand = "to be recoverable";

    public static Judgement Of(object? actual) => actual switch
    {
        VerifyResult verified => Of(verified),
        DrillResult { Level: DrillLevel.Tabletop } drill => Judgement.Unable(Subjects.Of(drill), Demand, "it was only talked through", Subjects.Remedy(drill)),
        DrillResult drill => new(drill.Passed, Subjects.Of(drill), Demand, drill.Passed ? $"all of its {Figures.Count(drill.PassedChecks, "check")} passed" : $"it has not passed ({Subjects.Problem(drill)})", Subjects.Remedy(drill)),
        UnverifiedBackup failed => Judgement.Unable($"the backup {failed.Backup}", Demand, $"it could not be restored: {failed.Problem.TrimEnd('.')}", failed.Remedy is { Length: > 0 } remedy ? remedy : "See the message, and verify by hand: Test-DrBackupIntegrity -Level Restore."),
        _ => Judgement.Unable(Subjects.Of(actual), Demand, "it is no backup", "Give what Get-DrBackup, Test-DrBackupIntegrity -Level Restore or Invoke-DrDrill returns."),
    };

    private static Judgement Of(VerifyResult verified)
    {
        var subject = verified.Backup is { } backup ? Subjects.Of(backup) : $"the backup {verified.BackupId}";
        if (!verified.Passed)
        {
            var problems = verified.Findings.Select(f => f.Problem).Concat(verified.Checks.Where(c => c.Failed).Select(c => $"{c.Name}: {c.Detail}"));
            return new(false, subject, Demand, $"it is damaged or incomplete: {Display.FirstOf(problems.Select(p => p.TrimEnd('.')), verified.Findings.Count + verified.Checks.Count(c => c.Failed))}", "Take a new backup, heal this one from a copy (Copy-DrBackup), and find the newest that passes: Get-DrBackup | Test-DrBackupIntegrity -Level Restore.");
        }

        if (verified.Level != VerifyLevel.Restore)
        {
            return Judgement.Unable(subject, Demand, $"it was verified at level {verified.Level.ToString().ToLowerInvariant()} only, which does not show that it can be restored", "Verify it with -Level Restore, or give the backup itself.");
        }

        return verified.Backup is { IsPartial: true } partial
            ? new(false, subject, Demand, $"{Figures.Count(partial.IssueCount, "entry", "entries")} could not be read when it was taken and {(partial.IssueCount == 1 ? "is" : "are")} not in it", "Let the user that takes backups read them, or leave them out (exclude), and take another backup.")
            : new(true, subject, Demand, $"it was restored in {Figures.Duration(verified.RestoreDuration ?? verified.Duration)} and is whole", string.Empty);
    }
}
