using DrTools.Backup;
using DrTools.Repositories.Journal;

namespace DrTools.Reports.Making;

/// <summary>How long things take, against what they took in the 30 days before: within ±20 % is as usual.</summary>
internal static class Performance
{
    /// <summary>A change within this share is as usual.</summary>
    public const double Tolerance = 0.2;

    /// <summary>With fewer measurements there is no baseline.</summary>
    public const int LeastMeasurements = 3;

    /// <summary>How far back the baseline reaches.</summary>
    public static readonly TimeSpan BaselineSpan = TimeSpan.FromDays(30);

    /// <summary>A change of less than this is none, whatever share it is: so short a time says nothing.</summary>
    private const double LeastSeconds = 1;

    public static IReadOnlyList<PerformanceFigures> Of(SourceRuns runs, DateTimeOffset from, DateTimeOffset end)
    {
        var figures = new List<PerformanceFigures>();
        foreach (var type in Enum.GetValues<BackupType>())
        {
            var measured = runs.Taken.Where(t => t.Type == type).Select(t => (t.Started, t.Duration.TotalSeconds, t.Duration.TotalSeconds)).ToList();
            Add(figures, $"{type.ToString().ToLowerInvariant()} backup", "seconds", measured, from, end);
        }

        var restores = runs.Proofs.Where(p => p.Run is { Outcome: RunOutcome.Succeeded, Bytes: > 0, Duration.Ticks: > 0 } && p.Run.Operation is "restore" or "verify" && SourceRuns.KindOfProof(p.Run) == "restore");
        Add(figures, "restore", "bytes per second", [.. restores.Select(p => (p.Run.Started, p.Run.Bytes / p.Run.Duration.TotalSeconds, p.Run.Duration.TotalSeconds))], from, end);
        return figures;
    }

    private static void Add(List<PerformanceFigures> figures, string what, string unit, List<(DateTimeOffset Started, double Value, double Seconds)> measured, DateTimeOffset from, DateTimeOffset end)
    {
        var now = measured.Where(m => m.Started >= from && m.Started < end).ToList();
        var before = measured.Where(m => m.Started < from && m.Started >= from - BaselineSpan).ToList();
        if (now.Count == 0)
        {
            return;
        }

        var value = Round(Medians.Of([.. now.Select(m => m.Value)]));
        if (before.Count < LeastMeasurements)
        {
            figures.Add(new PerformanceFigures(what, unit, null, before.Count, value, now.Count, null, null));
            return;
        }

        var baseline = Round(Medians.Of([.. before.Select(m => m.Value)]));
        var change = baseline > 0 ? Math.Round((value / baseline) - 1, 4) : 0;
        var isSmall = Math.Abs(Medians.Of([.. now.Select(m => m.Seconds)]) - Medians.Of([.. before.Select(m => m.Seconds)])) < LeastSeconds;
        figures.Add(new PerformanceFigures(what, unit, baseline, before.Count, value, now.Count, change, isSmall || Math.Abs(change) <= Tolerance));
    }

    private static double Round(double value) => Math.Round(value, 3);
}
