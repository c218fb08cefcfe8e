using DrTools.Plans;

namespace DrTools.Drills.Tests;

/// <summary>Results of drills as they might have been, for what is made of them.</summary>
internal static class Drills
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <param name="day">Day on which it was held.</param>
    /// <param name="rto">Measured recovery time, seconds, if it passes.</param>
    /// <param name="fails">Name of the check that does not pass, if one does not.</param>
    /// <param name="scenario">What happened.</param>
    /// <param name="service">The service.</param>
    /// <param name="kind">What the failing check is about.</param>
    /// <param name="backup">The backup.</param>
    /// <param name="problem">A finding beside the checks.</param>
    public static DrillResult Make(
        int day,
        double rto = 5,
        string? fails = null,
        DrillScenario scenario = DrillScenario.TableDropped,
        string service = "shop",
        DrillCheckKind kind = DrillCheckKind.Recovered,
        string backup = "b1",
        string? problem = null) => new()
        {
            Id = $"drill-{day}",
            Plan = "plan",
            Service = service,
            Scenario = scenario,
            Level = DrillLevel.Partial,
            Started = Epoch.AddDays(day),
            Finished = Epoch.AddDays(day).AddMinutes(1),
            User = "user",
            Host = "host",
            ToolVersion = "1.0.0",
            Objectives = new Objectives(TimeSpan.FromSeconds(50), TimeSpan.FromMinutes(5)),
            Backups = [new DrillBackup { Source = "sqlite:/shop.db", Repository = "near", BackupId = backup, Taken = Epoch, IsNewest = true, Kept = 1, Bytes = 1 }],
            MeasuredRto = fails is null ? TimeSpan.FromSeconds(rto) : null,
            MeasuredRpo = fails is null ? TimeSpan.FromSeconds(1) : null,
            Checks =
            [
                Check("Data", DrillCheckKind.Recovered, true),
                .. fails is null
                    ? new[] { Check("Integrity", DrillCheckKind.BackupIntegrity, true) }
                    : [Check(fails, kind, false), Check("Recovery time objective", DrillCheckKind.Objective, false) with { Outcome = DrillOutcome.NotRun }],
            ],
            Findings =
            [
                .. fails is null ? [] : new[] { new DrillFinding("sqlite:/shop.db", $"It failed on day {day}.", "Mend it.") { Check = fails } },
                .. problem is null ? [] : new[] { new DrillFinding(null, problem, "Do better.") },
            ],
        };

    private static DrillCheck Check(string name, DrillCheckKind kind, bool passed) => new()
    {
        Kind = kind,
        Source = kind == DrillCheckKind.Objective ? null : "sqlite:/shop.db",
        Name = name,
        Outcome = passed ? DrillOutcome.Passed : DrillOutcome.Failed,
        Detail = passed ? "fine" : $"{name} is broken",
    };
}
