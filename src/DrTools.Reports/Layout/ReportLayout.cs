using DrTools.Reports.Pages;

namespace DrTools.Reports.Layout;

/// <summary>Puts a report on a page. It takes nothing but the report, so that the same page comes out of it again.</summary>
internal static class ReportLayout
{
    /// <summary>Is raised whenever other text comes out of the same report: the text of a report of the same number can be compared,
    /// that of another only by its hash.</summary>
    public const int Number = 1;

    /// <summary>Names the data in a page.</summary>
    public const string DataId = Report.FormatName;

    /// <summary>Puts it on a page.</summary>
    public static Page Of(Report report) => report.Figures.Drill is { } drill ? new DrillLayout(report, drill).Page() : new PeriodLayout(report).Page();

    /// <summary>What the report can be checked by.</summary>
    public static SectionBlock Evidence(Report report)
    {
        var rows = report.Basis.Repositories.Select(r =>
        {
            var cited = report.Evidence.Where(e => e.RepositoryId == r.Id).SelectMany(e => e.Records).Sum(c => c.Hashes.Count);
            return new PageRow(
            [
                new PageCell(r.Name, Second: r.Location),
                r.HeadSequence == 0 ? "–" : Figures.Count(r.HeadSequence),
                r.Id is null ? new PageCell("not read", PageTone.Bad) : Figures.Count(cited),
                PageCell.Code(r.HeadHash.Length == 0 ? "–" : r.HeadHash),
            ]);
        });
        return new SectionBlock(
            "Evidence",
            [
                new TableBlock([new("Repository"), new("Last record", PageColumnKind.Number), new("Records cited", PageColumnKind.Number), new("SHA-256 of the last record")], [.. rows]),
                new ParagraphBlock("To check this file against the repositories: drtools evidence test FILE, or Test-DrEvidence FILE. It names every record and every figure that was altered since.", PageTone.Soft),
            ],
            "Every figure follows from records of the repositories' journals. Each record holds the hash of the one before, so the hash of the last one stands for all; those that this report rests on are in this file with their hashes.");
    }

    /// <summary>What was found, as a section at the top.</summary>
    public static SectionBlock? Findings(Report report)
    {
        var findings = report.Figures.Findings;
        return findings.Count == 0 ? null : new SectionBlock(
            "What to do",
            [new FindingsBlock([.. findings.Select(f => new PageFinding(ToneOf(f.Severity), LabelOf(f.Severity), f.Problem, f.Remedy, f.Records.Count == 0 ? f.Service : $"{(f.Service is null ? string.Empty : f.Service + " · ")}{string.Join(", ", f.Records)}"))])],
            IsLong: true);
    }

    /// <summary>The last line.</summary>
    public static string Footer(Report report) =>
        $"Made {Words.Minute(report.Basis.AsOf)} UTC on {report.Basis.Host} by {report.Basis.User}, with DrTools {report.Basis.ToolVersion}. All times are UTC.";

    private static PageTone ToneOf(FindingSeverity severity) => severity switch
    {
        FindingSeverity.Critical => PageTone.Bad,
        FindingSeverity.Warning => PageTone.Warning,
        _ => PageTone.Plain,
    };

    private static string LabelOf(FindingSeverity severity) => severity switch
    {
        FindingSeverity.Critical => "Critical",
        FindingSeverity.Warning => "Warning",
        _ => "To know",
    };
}
