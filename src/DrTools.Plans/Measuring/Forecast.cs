using DrTools.Repositories.Journal;
using DrTools.Verification;

namespace DrTools.Plans.Measuring;

/// <summary>
/// Forecasts from the journal how long things take: each earlier run of the kind, scaled to the bytes that there are now. Less than
/// it took is never forecast: what a run costs beside its bytes does not shrink with them.
/// </summary>
internal static class Forecast
{
    private const int RecentRuns = 20;

    /// <summary>Restoring so many bytes of a source.</summary>
    public static ForecastStep Restore(string source, long bytes, IReadOnlyList<RunRecord> runs)
    {
        var name = $"restore {source}";
        var restores = runs.Where(r => r.Outcome == RunOutcome.Succeeded && r.Bytes > 0 && (r.Operation == "restore" || (r.Operation == "verify" && r.Mode == nameof(VerifyLevel.Restore)))).ToList();
        var own = restores.Where(r => r.Source == source).ToList();
        if (own.Count > 0)
        {
            return Of(name, bytes, own, "of it");
        }

        var scheme = source[..(source.IndexOf(':', StringComparison.Ordinal) + 1)];
        var similar = restores.Where(r => r.Source?.StartsWith(scheme, StringComparison.Ordinal) == true).ToList();
        return similar.Count > 0
            ? Of(name, bytes, similar, $"of other sources of its kind ({scheme.TrimEnd(':')}), never of it")
            : new ForecastStep(name, null, null, null, 0, "never measured");
    }

    /// <summary>Replaying so many bytes of a source's log.</summary>
    public static ForecastStep Replay(string source, long bytes, IReadOnlyList<RunRecord> runs)
    {
        var name = $"replay the log of {source}";
        var replays = runs.Where(r => r.Outcome == RunOutcome.Succeeded && r.Operation == "recover" && r.Duration > TimeSpan.Zero).ToList();
        var own = replays.Where(r => r.Source == source).ToList();
        return (own.Count, replays.Count) switch
        {
            ( > 0, _) => Of(name, bytes, own, "of it"),
            (_, > 0) => Of(name, bytes, replays, "of other clusters, never of it"),
            _ => new ForecastStep(name, null, null, null, 0, "never measured"),
        };
    }

    /// <summary>What people or commands do: as long as it took in full drills, or as the plan has it.</summary>
    public static ForecastStep Failover(string service, FailoverStep step, IReadOnlyList<RunRecord> runs)
    {
        var carriedOut = runs.Where(r => r.Operation == FailoverStep.Operation && r.Outcome == RunOutcome.Succeeded
            && string.Equals(r.Mode, step.Name, StringComparison.OrdinalIgnoreCase) && string.Equals(r.Reason, service, StringComparison.OrdinalIgnoreCase)).ToList();
        return carriedOut.Count > 0
            ? Of(step.Name, 0, carriedOut, "of full drills")
            : new(step.Name, step.Expected, step.Expected, step.Expected, 0, step.Expected is null ? "never measured" : "never measured; so the plan says");
    }

    private static ForecastStep Of(string name, long bytes, List<RunRecord> runs, string whose)
    {
        var times = runs.OrderByDescending(r => r.Finished).Take(RecentRuns)
            .Select(r => r.Duration * Math.Max(1, r.Bytes == 0 ? 1 : (double)bytes / r.Bytes)).Order().ToList();
        return new ForecastStep(name, times[times.Count / 2], times[0], times[^1], times.Count, $"{Figures.Count(times.Count, "measurement")} {whose}");
    }
}
