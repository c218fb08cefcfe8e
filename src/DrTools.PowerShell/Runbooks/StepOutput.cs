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
                    ? Check(step, DrillCheckKind.Consistency, null, $"{output.BaseObject.GetType().Name} has passed", passed, $"Passed is {passed.ToString().ToLowerInvariant()}", default)
                    : null;
        }
    }

    /// <summary>What a step returned, in short: the text of a record would fill pages.</summary>
    public static string? Describe(IEnumerable<PSObject?> outputs)
    {
        var texts = outputs.Where(o => o is not null).Select(o => Describe(o!.BaseObject)).GroupBy(t => t, StringComparer.Ordinal).Select(g => g.Count() == 1 ? g.Key : $"{g.Count()} × {g.Key}").ToList();
        return texts.Count == 0 ? null : Display.FirstOf(texts, texts.Count);
    }

    private static string Describe(object output) => output switch
    {
        VerifyResult verified => $"{verified.BackupId} verified, level {verified.Level.ToString().ToLowerInvariant()}",
        RestoreResult restored => $"{restored.Backup.Id} restored, {Figures.Count(restored.Files, "file")}, {Figures.Bytes(restored.Bytes)}",
        DatabaseRestoreResult cluster => $"{cluster.Files.Backup.Id} restored, {Figures.Bytes(cluster.Files.Bytes)}",
        TableRestoreResult tables => $"{Figures.Count(tables.Rows, "row")} of {Figures.Count(tables.Tables.Count, "table")}",
        DrillResult drill => $"drill {drill.Id}",
        DrBackup backup => $"backup {backup.Id} of {backup.Source}",
        string or ValueType => Short(output.ToString() ?? string.Empty),
        _ => output.GetType().Name,
    };

    /// <summary>The beginning of a text, on one line.</summary>
    public static string Short(string text)
    {
        const int Longest = 80;
        var line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= Longest ? line : line[..(Longest - 1)] + "…";
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
