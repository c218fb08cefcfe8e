using DrTools.Plans;
using DrTools.Reports.Pages;

namespace DrTools.Documents;

/// <summary>What every section of a document is made of.</summary>
internal sealed class DocumentContext(RecoveryPlan plan, PlanDocumentState state, DocumentLanguage language)
{
    public RecoveryPlan Plan => plan;

    public PlanDocumentState State => state;

    public Wording Words { get; } = new(language, plan.TimeZone);

    public FindingPhrases Phrases { get; } = new(language);

    public string Say(string english, string japanese) => Words.Say(english, japanese);

    /// <summary>What the plan and reality do not agree about, or what could not be found out.</summary>
    public IEnumerable<PlanFinding> Drift => state.Findings.Where(f => f.Severity is PlanFindingSeverity.Error or PlanFindingSeverity.Warning or PlanFindingSeverity.NotChecked);

    /// <summary>The worst that was found of something, as a mark.</summary>
    public PageCell Mark(Func<PlanFinding, bool> isAbout)
    {
        var found = state.Findings.Where(isAbout).ToList();
        return !state.WasAsked ? new PageCell(Say("not asked", "未確認"), PageTone.Soft)
            : found.Exists(f => f.Severity == PlanFindingSeverity.Error) ? new PageCell(Say("✗ differs", "✗ 差異あり"), PageTone.Bad)
            : found.Exists(f => f.Severity == PlanFindingSeverity.NotChecked) ? new PageCell(Say("? not checked", "? 確認不可"), PageTone.Warning)
            : found.Exists(f => f.Severity == PlanFindingSeverity.Warning) ? new PageCell(Say("△ see below", "△ 要注意"), PageTone.Warning)
            : found.Count > 0 ? new PageCell(Say("✓ as planned", "✓ 計画どおり"), PageTone.Good)
            : new PageCell(Words.None, PageTone.Soft);
    }

    /// <summary>Whether a finding is about a source of a service, in any repository or in one.</summary>
    public static bool IsAbout(PlanFinding finding, PlannedService service, PlannedSource source, string? repository = null) =>
        finding.Service == service.Name
        && (repository is null ? finding.Subject == source.Source || finding.Subject.StartsWith(source.Source + " in ", StringComparison.Ordinal) : finding.Subject == $"{source.Source} in {repository}");

    /// <summary>The sites that production runs at.</summary>
    public IReadOnlyList<PlannedSite> Primaries => [.. plan.Sites.Where(s => s.Role == SiteRole.Primary)];

    /// <summary>The sites that are taken over at or that keep copies.</summary>
    public IReadOnlyList<PlannedSite> Others => [.. plan.Sites.Where(s => s.Role != SiteRole.Primary)];

    /// <summary>The sources of all services.</summary>
    public IEnumerable<(PlannedService Service, PlannedSource Source)> Sources => plan.Services.SelectMany(s => s.Sources.Select(o => (s, o)));

    /// <summary>A table; a paragraph in its place where there is nothing to put in it.</summary>
    public static PageBlock Table(IReadOnlyList<PageColumn> columns, IEnumerable<PageRow> rows, string otherwise)
    {
        var all = rows.ToList();
        return all.Count > 0 ? new TableBlock(columns, all) : new ParagraphBlock(otherwise, PageTone.Soft);
    }

    /// <summary>Boxes to be ticked.</summary>
    public static ListBlock Checks(params IEnumerable<string> items) => new([.. items.Select(i => "☐ " + i)]);

    public static PageRow Row(params PageCell[] cells) => new(cells);

    /// <summary>Columns; one whose title begins with <c>!</c> stays in one line.</summary>
    public static IReadOnlyList<PageColumn> Columns(params string[] titles) => [.. titles.Select(t => t[0] == '!' ? new PageColumn(t[1..], PageColumnKind.Tight) : new PageColumn(t))];
}
