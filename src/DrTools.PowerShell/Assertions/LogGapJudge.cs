using DrTools.PostgreSql.Recovery;

namespace DrTools.PowerShell.Assertions;

/// <summary>Judges whether a log is whole.</summary>
internal static class LogGapJudge
{
    public const string Demand = "to have no log gap";

    public static Judgement Of(object? actual)
    {
        if (actual is not RecoveryWindow window)
        {
            return Judgement.Unable(Subjects.Of(actual), Demand, "it has no log", "Give what Get-DrRecoveryWindow returns.");
        }

        var subject = $"the recovery window of {window.Source}";
        if (window.Gaps.Count > 0)
        {
            return new(false, subject, Demand, string.Join("; ", window.Gaps.Select(Tell)), "Bring the segments in from a copy of the repository or from the server (Copy-DrBackup), or take a full backup now; then see why they did not arrive: Test-DrSource.");
        }

        if (window.Backups.FirstOrDefault(b => !b.IsConsistent) is { } lacking)
        {
            return new(false, subject, Demand, $"the backup {lacking.Backup.Info.Id} lacks {lacking.MissingSegment}, without which it cannot be made consistent", "Bring that segment in from a copy, or take another backup (Invoke-DrBackup -IncludeLog).");
        }

        return window.Spans.Count == 0
            ? Judgement.Unable(subject, Demand, "no moment of it can be restored, so that there is no log to judge", "Take a backup (Invoke-DrBackup), and have the log archived (Enable-DrLogArchive).")
            : new(true, subject, Demand, $"it reaches from {Figures.Moment(window.Oldest!.Value)} to {Figures.Moment(window.Newest!.Value)} without one", string.Empty);
    }

    private static string Tell(LogGap gap) =>
        $"{Figures.Count(gap.Count, "segment")} of timeline {gap.Timeline} {(gap.Count == 1 ? "is" : "are")} missing ({gap.Segments[0]}{(gap.Count > 1 ? $" to {gap.Last}" : string.Empty)})"
        + (gap.Since is { } since ? $", so that nothing after {Figures.Moment(since)}{(gap.Until is { } until ? $" and before {Figures.Moment(until)}" : string.Empty)} can be restored" : string.Empty);
}
