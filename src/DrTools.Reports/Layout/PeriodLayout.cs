using System.Globalization;
using DrTools.Drills;
using DrTools.Plans;
using DrTools.Reports.Pages;

namespace DrTools.Reports.Layout;

/// <summary>A day, a week or a month on a page. Operations read the state of each source and every failure; management reads rates,
/// objectives and trends. Both begin with what is to be done.</summary>
internal sealed class PeriodLayout(Report report)
{
    private static readonly PageCell None = new("–", PageTone.Soft);

    private ReportBasis Basis => report.Basis;

    private ReportFigures Figured => report.Figures;

    private IReadOnlyList<SourceFigures> Sources => [.. Figured.Services.SelectMany(s => s.Sources).DistinctBy(s => (s.Source, s.Repository))];

    public Page Page()
    {
        var period = Words.PeriodName(Basis);
        var isForManagement = Basis.Audience == ReportAudience.Management;
        return new Page
        {
            Title = $"Disaster recovery, {period}",
            WindowTitle = $"{Basis.Plan}: {period}",
            Subtitle = $"{Basis.Plan} · {Span()} · for {(isForManagement ? "management, operations and audit" : "operations, administrators and audit")}",
            Blocks =
            [
                Verdict(),
                Cards(),
                .. ReportLayout.Findings(report) is { } findings ? new PageBlock[] { findings } : [],
                .. isForManagement
                    ? (IEnumerable<PageBlock>)[Services(), .. Trends(), .. Improvement(), .. Performance(), Backups(), Proofs(), .. Window(), .. Charts(), Resources(), .. Drills()]
                    : [.. Failures(), Backups(), .. Charts(), Proofs(), .. Window(), .. Performance(), Resources(), Services(), .. Drills(), .. Improvement(), .. Trends()],
                ReportLayout.Evidence(report),
            ],
            Footer = ReportLayout.Footer(report),
        };
    }

    private string Span()
    {
        var toDate = Basis.AsOf < Basis.To ? $", so far until {Words.Minute(Basis.AsOf)}" : string.Empty;
        return $"{Words.Minute(Basis.From)} – {Words.Minute(Basis.To)} UTC{toDate}";
    }

    private VerdictBlock Verdict()
    {
        var critical = Figured.Findings.Count(f => f.Severity == FindingSeverity.Critical);
        var warnings = Figured.Findings.Count(f => f.Severity == FindingSeverity.Warning);
        var totals = Figured.Totals;
        var summary = $"{Figures.Count(totals.BackupsTaken, "backup")} taken, {totals.BackupsFailed} failed, {totals.BackupsMissed} missed; {Figures.Count(totals.VerificationsPassed, "verification")} passed, {totals.VerificationsFailed} did not; {Figures.Count(totals.RestoresSucceeded, "restore")} succeeded, {totals.RestoresFailed} failed; {Figures.Count(totals.DrillsPassed, "drill")} passed, {totals.DrillsFailed} failed.";
        return (critical, warnings) switch
        {
            ( > 0, _) => new VerdictBlock(PageTone.Bad, $"{Figures.Count(critical, "thing")} cannot wait{(warnings > 0 ? $", {warnings} more to look at" : string.Empty)}.", summary),
            (_, > 0) => new VerdictBlock(PageTone.Warning, $"{Figures.Count(warnings, "thing")} to look at.", summary),
            _ => new VerdictBlock(PageTone.Good, "Everything was done that was due.", summary),
        };
    }

    private CardsBlock Cards()
    {
        var totals = Figured.Totals;
        var restores = totals.RestoresSucceeded + totals.RestoresFailed;
        return new CardsBlock(
        [
            totals.BackupSuccessRate is { } rate
                ? new PageCard("Backups", Words.Share(rate), $"{totals.BackupsTaken} taken, {totals.BackupsMissed + totals.BackupsFailed} missed or failed", rate >= 0.99 ? PageTone.Good : PageTone.Bad, rate)
                : new PageCard("Backups", "–", "none was due or taken", PageTone.Warning),
            Worst("Recovery time in drills", d => d.Rto, d => d.RtoObjective),
            Worst("Recovery point in drills", d => d.Rpo, d => d.RpoObjective),
            new PageCard("Growth", Growth(), $"{Figures.Bytes(totals.StoredBytes)} stored, {Figures.Bytes(totals.FreedBytes)} freed{(restores == 0 ? string.Empty : $"; {Figures.Count(restores, "restore")}")}"),
        ]);
    }

    /// <summary>Of the last drill of each service, the one that is nearest to its objective or farthest beyond.</summary>
    private PageCard Worst(string name, Func<DrillFigures, TimeSpan?> measured, Func<DrillFigures, TimeSpan> objective)
    {
        var last = Figured.Services.Select(s => s.LastDrill).OfType<DrillFigures>().ToList();
        if (last.Count == 0)
        {
            return new PageCard(name, "–", "no drill has measured it", PageTone.Warning);
        }

        var worst = last.MaxBy(d => measured(d) is { } m ? m / objective(d) : double.MaxValue)!;
        return measured(worst) is { } value
            ? new PageCard(name, Figures.Duration(value), $"{worst.Service}: objective {Figures.Duration(objective(worst))} · {(value <= objective(worst) ? "met" : "not met")}", value <= objective(worst) ? PageTone.Good : PageTone.Bad, value / objective(worst))
            : new PageCard(name, "–", $"{worst.Service}: not measured, as the drill failed", PageTone.Bad, 1);
    }

    private string Growth()
    {
        var (now, before) = (Sources.Sum(s => s.Newest?.Bytes ?? 0), Sources.Sum(s => s.Before?.Bytes ?? 0));
        return before == 0 || Sources.Any(s => s.Before is null) ? Figures.Bytes(now) : Words.Change(((double)now / before) - 1);
    }

    private SectionBlock Services() => new(
        "Services",
        [
            new TableBlock(
                [new("Service"), new("Objectives", PageColumnKind.Tight), new("Backups", PageColumnKind.Number), new("Success", PageColumnKind.Number), new("Last drill", PageColumnKind.Tight), new("Recovery time", PageColumnKind.Number), new("Recovery point", PageColumnKind.Number), new("To do", PageColumnKind.Number)],
                [.. Figured.Services.Select(Service)]),
        ],
        "Recovery time and recovery point as the last drill measured them.");

    private PageRow Service(ServiceFigures service)
    {
        var planned = Basis.Services.First(s => s.Name == service.Service);
        var findings = Figured.Findings.Where(f => f.Service == service.Service && f.Severity != FindingSeverity.Information).ToList();
        var isBad = findings.Exists(f => f.Severity == FindingSeverity.Critical);
        var drill = service.LastDrill;
        return new PageRow(
        [
            new PageCell(service.Service, Second: $"{planned.Tier}{(planned.Owners.Count > 0 ? $" · {string.Join(", ", planned.Owners)}" : string.Empty)}"),
            $"RTO {PlanDuration.Format(planned.Rto)}, RPO {PlanDuration.Format(planned.Rpo)}",
            $"{service.Taken} / {service.Taken + service.Missed + service.Failed}",
            service.SuccessRate is { } rate ? new PageCell(Words.Share(rate), rate >= 0.99 ? PageTone.Good : PageTone.Bad) : None,
            drill is null ? new PageCell("never", PageTone.Warning) : new PageCell(Words.Minute(drill.Started), drill.Passed ? PageTone.Good : PageTone.Bad, Second: drill.Passed ? "passed" : "failed"),
            Against(drill?.Rto, planned.Rto, drill),
            Against(drill?.Rpo, planned.Rpo, drill),
            findings.Count == 0 ? new PageCell("–", PageTone.Soft) : new PageCell(Figures.Count(findings.Count), isBad ? PageTone.Bad : PageTone.Warning),
        ]);
    }

    private static PageCell Against(TimeSpan? measured, TimeSpan objective, DrillFigures? drill) => measured is { } value
        ? new PageCell(Figures.Duration(value), value <= objective ? PageTone.Good : PageTone.Bad)
        : new PageCell(drill is null ? "–" : "not measured", drill is null ? PageTone.Soft : PageTone.Bad);

    private SectionBlock Backups() => new(
        "Backups",
        [
            new TableBlock(
                [new("Source"), new("Due", PageColumnKind.Number), new("Taken", PageColumnKind.Number), new("Late", PageColumnKind.Number), new("Failed", PageColumnKind.Number), new("Missed", PageColumnKind.Number), new("Newest", PageColumnKind.Tight), new("Size", PageColumnKind.Number), new("Growth", PageColumnKind.Number), new("Stored", PageColumnKind.Number), new("Longest gap", PageColumnKind.Number)],
                [.. Sources.Select(Backup)]),
        ],
        "Due and missed by the plan's schedules. The longest gap is the longest time without a new backup: what could have been lost where there is no log.");

    private static PageRow Backup(SourceFigures source)
    {
        var missed = source.Missed.Sum(m => m.Count);
        return new PageRow(
        [
            PageCell.Code(source.Source, source.Repository),
            Figures.Count(source.Due),
            Figures.Count(source.Taken),
            source.Late == 0 ? "0" : new PageCell(Figures.Count(source.Late), PageTone.Warning),
            source.Failed == 0 ? "0" : new PageCell(Figures.Count(source.Failed), PageTone.Bad),
            missed == 0 ? "0" : new PageCell(Figures.Count(missed), PageTone.Bad),
            source.Newest is { } newest ? new PageCell(Words.Minute(newest.Started), Second: newest.Type.ToString().ToLowerInvariant()) : new PageCell("none", PageTone.Bad),
            source.Newest is { } size ? Figures.Bytes(size.Bytes) : None,
            source is { Newest: { } now, Before: { Bytes: > 0 } before } ? Words.Change(((double)now.Bytes / before.Bytes) - 1) : None,
            Figures.Bytes(source.StoredBytes),
            source.LongestGap is { } gap ? Figures.Duration(gap) : None,
        ]);
    }

    private IEnumerable<PageBlock> Charts()
    {
        var blocks = new List<PageBlock>();
        foreach (var (source, i) in Sources.Select((s, i) => (s, i)).Where(s => s.s.Taken + s.s.Failed + s.s.Missed.Count > 0))
        {
            blocks.Add(new HeadingBlock(source.Source));
            blocks.Add(BackupChart.Draw($"backups-{i}", source, Basis));
        }

        if (blocks.Count > 0)
        {
            yield return new SectionBlock($"Backups, {(Basis.To - Basis.From <= TimeSpan.FromDays(2) ? "hour by hour" : "day by day")}", blocks, IsLong: true);
        }
    }

    private SectionBlock Proofs() => new(
        "What proves that backups can be used",
        [
            new TableBlock(
                [new("Source"), new("Catalog", PageColumnKind.Tight), new("Sample of the content", PageColumnKind.Tight), new("Whole content", PageColumnKind.Tight), new("Restored", PageColumnKind.Tight), new("Kept, restored within a year", PageColumnKind.Tight)],
                [.. Sources.Select(s => new PageRow([PageCell.Code(s.Source), .. s.Proofs.Select(Proof), Tested(s.Kept)]))]),
            .. Sources.Where(s => s.Kept is { NeverTested: > 0 }).Select(s => Untested(s, s.Kept!)),
        ],
        "Catalog: everything is there with its size. Content: read, authentic, every hash as recorded (a sample once a week, all of it once a month is wanted). Restored: by a restore, a verification by restoring, or a drill (once a month), and each backup that is kept once a year: drtools drill coverage, Measure-DrDrillCoverage.");

    private static PageCell Proof(ProofFigures proof)
    {
        var count = (proof.Passed, proof.Failed) switch
        {
            (0, 0) => "none in this time",
            (var passed, 0) => $"✓ {passed} passed",
            var (passed, failed) => $"✗ {failed} of {passed + failed} failed",
        };
        return new PageCell(count, proof.Failed > 0 ? PageTone.Bad : proof.Passed > 0 ? PageTone.Good : PageTone.Soft, Second: proof.LastPassed is { } last ? $"last {Words.Minute(last)}" : "never passed");
    }

    private static PageCell Tested(KeptBackups? kept) => kept is null
        ? None
        : new PageCell($"{Figures.Count(kept.Tested)} of {Figures.Count(kept.Count)}", kept.Tested == kept.Count ? PageTone.Good : PageTone.Soft, Second: kept.NeverTested > 0 ? $"{Figures.Count(kept.NeverTested)} never" : "all at some time");

    private static DetailsBlock Untested(SourceFigures source, KeptBackups kept) => new(
        $"{Figures.Count(kept.NeverTested, "kept backup")} of {source.Source} never restored",
        [new ListBlock([.. kept.Untested, .. kept.NeverTested > kept.Untested.Count ? [$"and {Figures.Count(kept.NeverTested - kept.Untested.Count)} later ones"] : Array.Empty<string>()])]);

    private IEnumerable<PageBlock> Window()
    {
        if (WindowChart.Draw(Sources, Basis) is { } picture)
        {
            var logs = Basis.Services.SelectMany(s => s.Sources).Any(s => s.LogInterval is not null) ? " Of databases with a log every moment between is restorable where the log has no gap: drtools window, Get-DrRecoveryWindow." : string.Empty;
            yield return new SectionBlock("Recovery window", [picture], $"The moments that could be restored at the end of this time.{logs}");
        }
    }

    private IEnumerable<PageBlock> Performance()
    {
        var rows = Sources.SelectMany(s => s.Performance.Select(p => (Source: s, Figures: p))).ToList();
        if (rows.Count > 0)
        {
            yield return new SectionBlock(
                "Performance against the 30 days before",
                [
                    new TableBlock(
                        [new("Source"), new("What", PageColumnKind.Tight), new("Before", PageColumnKind.Number), new("Now", PageColumnKind.Number), new("Change", PageColumnKind.Number), new("Within ±20 %", PageColumnKind.Tight)],
                        [.. rows.Select(r => PerformanceRow(r.Source, r.Figures))]),
                ],
                "Medians. A change of less than a second in all counts as none; with fewer than three measurements before there is nothing to compare with.");
        }
    }

    private static PageRow PerformanceRow(SourceFigures source, PerformanceFigures figures) => new(
    [
        PageCell.Code(source.Source),
        figures.What,
        figures.Baseline is { } before ? new PageCell(Words.Measure(before, figures.Unit), Second: $"of {figures.BaselineCount}") : None,
        new PageCell(Words.Measure(figures.Now, figures.Unit), Second: $"of {figures.Count}"),
        figures.Change is { } change ? Words.Change(change) : None,
        figures.IsWithin switch { true => new PageCell("✓ yes", PageTone.Good), false => new PageCell("✗ no", PageTone.Warning), null => new PageCell("not known", PageTone.Soft) },
    ]);

    private SectionBlock Resources()
    {
        var totals = Figured.Totals;
        List<PageFact> facts =
        [
            new("Stored", Figures.Bytes(totals.StoredBytes)),
            new("Freed by expiry", Figures.Bytes(totals.FreedBytes)),
            new("Time that backups took", Figures.Duration(totals.BackupTime)),
            new("Copies into other repositories", $"{totals.CopiesMade} made, {totals.CopiesFailed} failed"),
        ];
        if (totals.StoreRequests > 0)
        {
            facts.Add(new PageFact("Requests to object stores", Figures.Count(totals.StoreRequests)));
        }

        return new SectionBlock("Use of resources", [new FactsBlock(facts)]);
    }

    private IEnumerable<PageBlock> Failures()
    {
        if (Figured.Failures.Count > 0)
        {
            yield return new SectionBlock(
                "Errors",
                [
                    new TableBlock(
                        [new("When", PageColumnKind.Tight), new("What", PageColumnKind.Tight), new("Source"), new("Error"), new("Record", PageColumnKind.Tight)],
                        [.. Figured.Failures.Select(f => new PageRow([Words.Minute(f.Started), new PageCell($"{f.Operation}", Second: f.Outcome.ToLowerInvariant()), f.Source is null ? None : PageCell.Code(f.Source, f.Service), f.Error, f.Record.ToString()]))]),
                ],
                "Every run that did not simply succeed.",
                IsLong: true);
        }
    }

    private IEnumerable<PageBlock> Drills()
    {
        if (Figured.Drills.Count > 0)
        {
            yield return new SectionBlock(
                "Drills",
                [
                    new TableBlock(
                        [new("When", PageColumnKind.Tight), new("Drill"), new("Result", PageColumnKind.Tight), new("Recovery time", PageColumnKind.Number), new("Recovery point", PageColumnKind.Number), new("Checks", PageColumnKind.Number), new("What was in the way")],
                        [.. Figured.Drills.Select(DrillRow)]),
                ]);
        }
    }

    private static PageRow DrillRow(DrillFigures drill) => new(
        [
            Words.Minute(drill.Started),
            new PageCell($"{DrillScope.Word(drill.Scenario)} of {drill.Service}", Second: drill.Id),
            drill.Passed ? new PageCell("✓ passed", PageTone.Good) : new PageCell("✗ FAILED", PageTone.Bad),
            Against(drill.Rto, drill.RtoObjective, drill),
            Against(drill.Rpo, drill.RpoObjective, drill),
            string.Create(CultureInfo.InvariantCulture, $"{drill.PassedChecks} / {drill.Checks}"),
            drill.Problem is { } problem ? problem : None,
        ],
        drill.Passed ? PageTone.Plain : PageTone.Bad);

    private IEnumerable<PageBlock> Improvement()
    {
        if (TrendTables.Actions(report) is { } actions)
        {
            yield return actions;
        }
    }

    private IEnumerable<PageBlock> Trends()
    {
        if (Figured.Trends.Count > 0)
        {
            yield return new SectionBlock("Drills over time", [TrendTables.Trends(Figured.Trends)], "Of the last 400 days. MTTR: mean time to recovery; MTBF: mean time between drills that did not pass; mended in: from such a drill to the next that passed. A direction is told from four drills on, when chance would not show it.");
        }

        foreach (var (drills, i) in Figured.DrillHistory.Where(d => d.Level != DrillLevel.Tabletop).GroupBy(d => d.Service).Select((g, i) => (g.ToList(), i)).Where(g => g.Item1.Count >= 2))
        {
            yield return new SectionBlock($"Drills of {drills[0].Service} over time", [.. DrillLayout.TrendBlocks(drills, $"trend-{i}")], $"{drills.Count(d => d.Passed)} of the last {Figures.Count(drills.Count, "drill")} passed.");
        }
    }
}
