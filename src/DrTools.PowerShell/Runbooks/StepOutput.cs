using System.Management.Automation;
using DrTools.Drills;
using DrTools.Drills.Runbooks;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Tables;
using DrTools.Restore;
using DrTools.Verification;

namespace DrTools.PowerShell.Runbooks;

/// <summary>Judges what a step of a runbook returns: an object that says that it has not passed is a check that failed.</summary>
internal static class StepOutput
{
    /// <summary>Judges one object.</summary>
    /// <param name="output">The object.</param>
    /// <param name="step">Takes checks and restores; <see langword="null"/> when the runbook is run by itself.</param>
    /// <returns>Why it has not passed; <see langword="null"/> when it has, or says nothing about that.</returns>
    public static string? Judge(PSObject? output, RunbookStep? step)
    {
        switch (output?.BaseObject)
        {
            case VerifyResult verified:
                if (verified is { Passed: true, RestoreDuration: { } took, Backup: { } backup })
                {
                    step?.Restore(backup, verified.Repository ?? string.Empty, took, backup.Started);
                }

                var problems = verified.Findings.Select(f => f.Problem).Concat(verified.Checks.Where(c => c.Failed).Select(c => $"{c.Name}: {c.Detail}")).ToList();
                return Check(step, DrillCheckKind.BackupIntegrity, verified.Backup?.Source, $"Verification of {verified.BackupId}, level {verified.Level.ToString().ToLowerInvariant()}", verified.Passed, verified.Passed ? verified.Proves : Display.FirstOf(problems, problems.Count), verified.Duration);
            case RestoreResult restored:
                return Restored(step, restored, restored.Backup.Started, restored.Duration);
            case DatabaseRestoreResult cluster:
                return Restored(step, cluster.Files, cluster.Recovery?.LastCommit ?? cluster.Files.Backup.Started, cluster.Duration);
            case TableRestoreResult tables:
                step?.Restore(tables.Backup, string.Empty, tables.Duration, tables.LastCommit ?? tables.Backup.Started);
                return Check(step, DrillCheckKind.Recovered, tables.Backup.Source, $"{Figures.Count(tables.Tables.Count, "table")} brought back", tables.Tables.Count > 0, $"{Figures.Count(tables.Rows, "row")} as of {tables.Moment}", tables.Duration);
            case DrillResult drill:
                return Check(step, DrillCheckKind.Course, null, $"Drill {drill.Scenario} of {drill.Service}", drill.Passed, drill.Passed ? $"{Figures.Count(drill.PassedChecks, "check")} passed ({drill.Id})" : drill.Checks.Where(c => c.IsInTheWay).Select(c => $"{c.Name}: {c.Detail}").FirstOrDefault() ?? "nothing was checked", drill.Duration);
            default:
                return output?.Properties["Passed"]?.Value is bool passed
                    ? Check(step, DrillCheckKind.Consistency, null, $"{output.BaseObject.GetType().Name} has passed", passed, output.ToString(), default)
                    : null;
        }
    }

    private static string? Restored(RunbookStep? step, RestoreResult restored, DateTimeOffset shows, TimeSpan duration)
    {
        step?.Restore(restored.Backup, restored.Repository ?? string.Empty, duration, shows);
        var problems = restored.Issues.Where(i => i.IsLoss).Select(i => $"{i.Path}: {i.Problem}").Concat(restored.Checks.Where(c => !c.Passed).Select(c => $"{c.Name}: {c.Detail}")).ToList();
        return Check(
            step,
            DrillCheckKind.Recovered,
            restored.Backup.Source,
            $"Restore of {restored.Backup.Id}",
            restored.Passed,
            restored.Passed ? $"{Figures.Count(restored.Files, "file")}, {Figures.Bytes(restored.Bytes)}, {Figures.Count(restored.Checks.Count, "check")} of its own passed" : Display.FirstOf(problems, Math.Max(problems.Count, 1)),
            duration);
    }

    private static string? Check(RunbookStep? step, DrillCheckKind kind, string? source, string name, bool passed, string detail, TimeSpan duration)
    {
        step?.Check(kind, source, name, passed ? DrillOutcome.Passed : DrillOutcome.Failed, detail, duration);
        return passed ? null : $"{name}: {detail}";
    }
}
