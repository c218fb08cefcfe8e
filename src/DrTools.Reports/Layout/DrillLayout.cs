using DrTools.Drills;
using DrTools.Plans;
using DrTools.Reports.Pages;

namespace DrTools.Reports.Layout;

/// <summary>A drill on a page: the verdict, what to do, the times against the objectives, the checks, the evidence.</summary>
internal sealed class DrillLayout(Report report, DrillResult drill)
{
    private static readonly PageCell None = new("–", PageTone.Soft);

    private string Name => $"{DrillScope.Word(drill.Scenario)} of {drill.Service}";

    public Page Page() => new()
    {
        Title = $"Drill: {Name}",
        WindowTitle = $"{(drill.Passed ? "Passed" : "FAILED")}: {Name}, {Words.Minute(drill.Started)}",
        Subtitle = $"{drill.Plan}{(drill.Drill is null ? string.Empty : $" · {drill.Drill}")} · {drill.Level.ToString().ToLowerInvariant()} · {drill.Host} · {Figures.Moment(drill.Started)} · took {Figures.Duration(drill.Duration)} · {drill.Id}",
        Blocks =
        [
            Verdict(),
            Cards(),
            .. ReportLayout.Findings(report) is { } findings ? new PageBlock[] { findings } : [],
            .. Course(),
            .. Losses(),
            .. Trend(),
            Checks(),
            .. TrendTables.Actions(report) is { } actions ? new PageBlock[] { actions } : [],
            .. drill.Backups.Count == 0 ? Array.Empty<PageBlock>() : [Backups()],
            Steps(),
            .. Notes(),
            .. People(),
            .. drill.Limits.Count == 0 ? Array.Empty<PageBlock>() : [new SectionBlock("What this drill does not show", [new ListBlock(drill.Limits)])],
            ReportLayout.Evidence(report),
        ],
        Footer = ReportLayout.Footer(report),
    };

    private VerdictBlock Verdict()
    {
        if (drill is { Passed: true, MeasuredRto: null })
        {
            return new VerdictBlock(PageTone.Good, $"All {Figures.Count(drill.PassedChecks, "check")} passed{Optional()}.", "No recovery time was measured: nothing was recovered.");
        }

        if (drill is { Passed: true, MeasuredRto: { } rto })
        {
            return new VerdictBlock(PageTone.Good, $"Back in {Figures.Duration(rto)}. Lost: the last {Figures.Duration(drill.MeasuredRpo ?? TimeSpan.Zero)}.", $"All {Figures.Count(drill.PassedChecks, "check")} passed{Optional()}, and both objectives are met.");
        }

        var inTheWay = drill.Checks.Where(c => c.IsInTheWay).ToList();
        var what = drill.MeasuredRto is { } time ? $"Back in {Figures.Duration(time)}, but it did not pass" : "Not recovered";
        return new VerdictBlock(PageTone.Bad, $"{what}: {inTheWay.Count} of {Figures.Count(drill.Checks.Count, "check")} in the way.", string.Join(" ", inTheWay.Take(3).Select(c => $"{c.Name}: {c.Detail}".TrimEnd('.') + ".")));
    }

    private string Optional() => drill.NotRunChecks == 0 ? string.Empty : $" ({Figures.Count(drill.NotRunChecks, "optional one")} could not run)";

    private CardsBlock Cards() => new(
    [
        Objective("Recovery time (RTO)", drill.MeasuredRto, drill.Objectives.Rto, drill.Passed),
        Objective("Recovery point (RPO)", drill.MeasuredRpo, drill.Objectives.Rpo, drill.Passed),
        new PageCard("Checks passed", $"{drill.PassedChecks} / {drill.Checks.Count}", $"{drill.FailedChecks} failed, {drill.NotRunChecks} could not run", drill.Passed ? PageTone.Good : PageTone.Bad, drill.Checks.Count == 0 ? 0 : (double)drill.PassedChecks / drill.Checks.Count),
        new PageCard("Restored", Figures.Bytes(drill.Backups.Sum(b => b.Bytes)), $"from {Figures.Count(drill.Backups.Count, "backup")}{(drill.RandomBackup ? $", picked at random (seed {drill.Seed})" : string.Empty)}"),
    ]);

    private static PageCard Objective(string name, TimeSpan? measured, TimeSpan objective, bool passed) => measured is { } value
        ? new PageCard(name, Figures.Duration(value), $"objective {Figures.Duration(objective)} · {(value <= objective ? "met" : "not met")}", value <= objective ? PageTone.Good : PageTone.Bad, objective > TimeSpan.Zero ? value / objective : 1)
        : new PageCard(name, "–", $"objective {Figures.Duration(objective)} · not measured", passed ? PageTone.Plain : PageTone.Bad, passed ? null : 1);

    private IEnumerable<PageBlock> Course()
    {
        var phases = drill.Phases.Where(p => p.IsRecovery).ToList();
        if (drill.Event is not { } happened || phases.Count == 0)
        {
            yield break;
        }

        var bars = phases.Select(p => new ChartPhase(
            Short(p),
            p.Started - happened,
            p.Started + p.Duration - happened,
            Failed(p) ? "bad" : p.Step == DrillStep.Check ? "verify" : "recover",
            Figures.Duration(p.Duration) + (Failed(p) ? " – failed" : string.Empty),
            Failed(p),
            $"{p.Source ?? drill.Service}: {p.Detail}")).ToList();
        var used = drill.MeasuredRto is { } rto
            ? $"{Figures.Duration(rto)} of the {Figures.Duration(drill.Objectives.Rto)} that the objective allows."
            : "No recovery time was measured, as not every check passed.";
        yield return new SectionBlock(
            "Where the recovery time went",
            [new PictureBlock(PhaseChart.Draw("phases", bars, drill.Objectives.Rto, "Phases of the recovery since the event; the table of steps holds the same figures."), "Phases of the recovery: " + string.Join("; ", bars.Select(b => $"{b.Name} {b.Label}")) + ".", [new("recover", "recovery"), new("verify", "checks"), new("bad", "failed, and the objective")])],
            $"Time since the event. {used}");
    }

    private string Short(DrillPhase phase) => phase.Name is { } name ? SourceEnd(name) : Capital(phase.Step.ToString()) + (drill.Phases.Count(p => p.Step == phase.Step) > 1 && phase.Source is { } source ? $" {SourceEnd(source)}" : string.Empty);

    private static string Capital(string word) => Words.Capital(word.ToLowerInvariant());

    private static string SourceEnd(string source) => source.Length <= 18 ? source : "…" + source[^17..];

    private bool Failed(DrillPhase phase) => phase.Step switch
    {
        DrillStep.Check => drill.Checks.Any(c => c.IsInTheWay),
        _ => false,
    };

    private IEnumerable<PageBlock> Losses()
    {
        if (drill.Losses.Count == 0)
        {
            yield break;
        }

        var bars = drill.Losses.SelectMany(l => new[]
        {
            (Name: $"{SourceEnd(l.Source)}", Span: l.Exposure, Style: "lost", Label: "in production", Loss: l),
            (Name: "   in the drill", Span: l.Measured, Style: "recover", Label: "measured", Loss: l),
        }).Where(b => b.Span is not null).Select(b => new ChartPhase(b.Name.Trim(), TimeSpan.Zero, b.Span!.Value, b.Style, $"{Figures.Duration(b.Span.Value)}", b.Span > drill.Objectives.Rpo, $"{b.Loss.Source}, {b.Label}: {b.Loss.Protection}")).ToList();
        yield return new SectionBlock(
            "What was lost",
            [
                new PictureBlock(PhaseChart.Draw("losses", bars, drill.Objectives.Rpo, "How far back the newest restorable moment lay, of each source."), "Recovery point of each source: " + string.Join("; ", bars.Select(b => $"{b.Name} {b.Label}")) + ".", [new("lost", "since the newest backup in the plan's repository: what production would have lost"), new("recover", "since the last canary that came back: what the drill lost"), new("bad", "objective")]),
                new TableBlock(
                    [new("Source"), new("Canaries written", PageColumnKind.Number), new("Lost", PageColumnKind.Number), new("In the drill", PageColumnKind.Number), new("In production", PageColumnKind.Number), new("By plan at most", PageColumnKind.Number), new("Protection")],
                    [.. drill.Losses.Select(l => new PageRow([PageCell.Code(l.Source, l.Items), Figures.Count(l.Written), Figures.Count(l.Lost), Figures.Duration(l.Measured), l.Exposure is { } e ? Figures.Duration(e) : None, l.Planned is { } p ? Figures.Duration(p) : None, l.Protection]))]),
            ],
            "The recovery window ends at the newest moment that can be restored. Time back from the event to that moment is lost; the larger figure counts.");
    }

    private IEnumerable<PageBlock> Trend()
    {
        var history = report.Figures.DrillHistory.Where(d => d.Level != DrillLevel.Tabletop).ToList();
        if (history.Count >= 2)
        {
            yield return new SectionBlock("Compared with earlier drills", [TrendTables.Trends(report.Figures.Trends), .. TrendBlocks(history)], $"{Figures.Count(history.Count(d => d.Passed))} of the last {Figures.Count(history.Count, "drill")} of {drill.Service} passed.");
        }
    }

    /// <summary>The course of recovery time and recovery point over drills.</summary>
    internal static IEnumerable<PageBlock> TrendBlocks(IReadOnlyList<DrillFigures> history, string id = "trend")
    {
        yield return new HeadingBlock("Recovery time");
        yield return ObjectiveChart.Draw(id + "-rto", "Recovery time", "recover", history, d => d.Rto, d => d.RtoObjective);
        yield return new HeadingBlock("Recovery point");
        yield return ObjectiveChart.Draw(id + "-rpo", "Recovery point", "lost", history, d => d.Rpo, d => d.RpoObjective);
    }

    private SectionBlock Checks() => new(
        "Checks",
        [
            new TableBlock(
                [new("Result", PageColumnKind.Tight), new("Check"), new("Figures"), new("Took", PageColumnKind.Number)],
                [
                    .. drill.Checks.GroupBy(c => c.Kind).SelectMany(g => g.Select(c => new PageRow([Outcome(c), new PageCell(c.Name, Second: c.Source), new PageCell(c.Detail, PageTone.Soft), Figures.Duration(c.Duration)], c.IsInTheWay ? PageTone.Bad : PageTone.Plain)).Prepend(PageRow.Group(KindName(g.Key)))),
                ]),
        ],
        "A check that could not run has not passed, but for the optional ones.",
        IsLong: true);

    private static PageCell Outcome(DrillCheck check) => check switch
    {
        { Outcome: DrillOutcome.Passed } => new("✓ passed", PageTone.Good),
        { Outcome: DrillOutcome.Failed } => new("✗ FAILED", PageTone.Bad),
        { IsOptional: true } => new("– not run", PageTone.Soft),
        _ => new("✗ NOT RUN", PageTone.Bad),
    };

    private static string KindName(DrillCheckKind kind) => kind switch
    {
        DrillCheckKind.BackupIntegrity => "Backup integrity",
        _ => kind.ToString(),
    };

    private SectionBlock Backups() => new(
        "Backups",
        [
            new TableBlock(
                [new("Backup"), new("Source"), new("Repository"), new("Taken", PageColumnKind.Tight), new("Which"), new("Size", PageColumnKind.Number), new("Restored in", PageColumnKind.Number)],
                [.. drill.Backups.Select(b => new PageRow([PageCell.Code(b.BackupId), PageCell.Code(b.Source), b.Repository, Words.Minute(b.Taken), b.IsNewest ? "the newest" : $"one of {b.Kept}", Figures.Bytes(b.Bytes), b.RestoreDuration is { } d ? Figures.Duration(d) : None]))]),
        ]);

    private SectionBlock Steps() => new(
        "Steps",
        [
            new TableBlock(
                [new("Step", PageColumnKind.Tight), new("By"), new("Started", PageColumnKind.Tight), new("Took", PageColumnKind.Number), new("What was done")],
                [.. drill.Phases.Select(p => new PageRow([new PageCell(p.Name ?? Capital(p.Step.ToString()), Second: p.Source), p.By, Figures.TimeOfDay(p.Started), Figures.Duration(p.Duration), new PageCell(p.Detail, PageTone.Soft)]))]),
        ],
        IsLong: true);

    private IEnumerable<PageBlock> Notes()
    {
        if (drill.Notes.Count > 0)
        {
            yield return new SectionBlock(
                "What was said",
                [
                    new TableBlock(
                        [new("When", PageColumnKind.Tight), new("Step"), new("Who"), new("What", PageColumnKind.Tight), new("Note")],
                        [.. drill.Notes.Select(n => new PageRow([Figures.TimeOfDay(n.Moment), n.Step, n.Who ?? "–", new PageCell(Words.Capital(n.Kind.ToString().ToLowerInvariant()), n.Kind == DrillNoteKind.Problem ? PageTone.Bad : PageTone.Plain), n.Text]))]),
                ],
                IsLong: true);
        }
    }

    /// <summary>What only people can say.</summary>
    private IEnumerable<PageBlock> People()
    {
        if (drill.Participants.Count + drill.SuccessCriteria.Count > 0)
        {
            yield return new SectionBlock(
                "For people to say",
                [
                    .. drill.Participants.Count == 0 ? Array.Empty<PageBlock>() : [new FactsBlock([new PageFact("Participants", string.Join(", ", drill.Participants))])],
                    .. drill.SuccessCriteria.Count == 0 ? Array.Empty<PageBlock>() : [new TableBlock([new("Criterion"), new("Held?"), new("Remarks on procedure and documents")], [.. drill.SuccessCriteria.Select(c => new PageRow([c, "☐ yes  ☐ no", string.Empty]))])],
                ],
                "No program can tell whether these held.");
        }
    }
}
