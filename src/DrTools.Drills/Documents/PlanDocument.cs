using DrTools.Plans;
using DrTools.Reports.Pages;

namespace DrTools.Documents;

/// <summary>How a document is written.</summary>
public enum DocumentFormat
{
    /// <summary>Markdown, with the diagram as Mermaid.</summary>
    Markdown,

    /// <summary>One HTML file that needs nothing else, with the diagram as SVG.</summary>
    Html,
}

/// <summary>A document of a plan that was written.</summary>
public sealed record ExportedPlanDocument
{
    /// <summary>Absolute path of the document.</summary>
    public required string Path { get; init; }

    /// <summary>Absolute path of the plan.</summary>
    public required string Plan { get; init; }

    /// <summary>Its language.</summary>
    public required DocumentLanguage Language { get; init; }

    /// <summary>How it is written.</summary>
    public required DocumentFormat Format { get; init; }

    /// <summary>When it was written, UTC.</summary>
    public required DateTimeOffset Written { get; init; }

    /// <summary>Whether reality was asked, and not only the plan read.</summary>
    public bool ComparedWithReality { get; init; }

    /// <summary>Where reality is not as the plan says: objectives and rules that are not met.</summary>
    public int Differences { get; init; }

    /// <summary>What should be looked at soon.</summary>
    public int Warnings { get; init; }

    /// <summary>What could not be found out.</summary>
    public int NotChecked { get; init; }

    /// <summary>How many facts of the plan have changed since the earlier document; <see langword="null"/> without one.</summary>
    public int? Changes { get; init; }
}

/// <summary>
/// The whole disaster-recovery plan as a document for people: policy, objectives, backups, restores, sites, drills, costs, where plan
/// and reality differ, and what was changed. Put together from the plan and what was found out, in English or Japanese.
/// </summary>
/// <param name="plan">The plan.</param>
/// <param name="state">How things stand.</param>
/// <param name="language">The language.</param>
public sealed class PlanDocument(RecoveryPlan plan, PlanDocumentState state, DocumentLanguage language)
{
    private readonly DocumentContext _c = new(plan, state, language);
    private readonly PlanFacts _facts = PlanFacts.Of(plan, state.Asked);
    private PlanFacts? _earlier;

    /// <summary>Compares with an earlier document: what has changed since is told in the history.</summary>
    /// <param name="file">The earlier document, in either format and language.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it cannot be read, or is no document of a plan.</exception>
    public PlanDocument Since(string file)
    {
        _earlier = PlanFacts.ReadFrom(file);
        return this;
    }

    /// <summary>The document.</summary>
    public string ToText(DocumentFormat format)
    {
        using var writer = new StringWriter(System.Globalization.CultureInfo.InvariantCulture) { NewLine = "\n" };
        if (format == DocumentFormat.Html)
        {
            HtmlPageWriter.Write(Page(), writer);
        }
        else
        {
            MarkdownPageWriter.Write(Page(), writer);
        }

        return writer.ToString();
    }

    /// <summary>Writes the document: whole or not at all.</summary>
    /// <param name="path">Where.</param>
    /// <param name="format">How.</param>
    /// <param name="force">Whether a file that is there is replaced.</param>
    /// <exception cref="DrException"><see cref="DrError.FileExists"/>, or it cannot be written.</exception>
    public ExportedPlanDocument Write(string path, DocumentFormat format, bool force) => new()
    {
        Path = PageFile.Write(path, ToText(format), force),
        Plan = plan.File,
        Language = language,
        Format = format,
        Written = state.Asked,
        ComparedWithReality = state.WasAsked,
        Differences = state.Findings.Count(f => f.Severity == PlanFindingSeverity.Error),
        Warnings = state.Findings.Count(f => f.Severity == PlanFindingSeverity.Warning),
        NotChecked = state.Findings.Count(f => f.Severity == PlanFindingSeverity.NotChecked),
        Changes = _earlier is null ? null : _facts.Since(_earlier).Count,
    };

    /// <summary>The format that the name of a file asks for.</summary>
    public static DocumentFormat FormatOf(string path) =>
        Path.GetExtension(path).ToLowerInvariant() is ".html" or ".htm" ? DocumentFormat.Html : DocumentFormat.Markdown;

    /// <summary>Makes sure that a file is a document of a plan.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it cannot be read, or is none.</exception>
    public static void RequireOne(string file) => _ = PlanFacts.ReadFrom(file);

    /// <summary>That there is a file already, where it is not to be replaced.</summary>
    public static DrException Exists(string path) =>
        new(DrError.FileExists, $"There is a file already: {Path.GetFullPath(path)}.", "Name another file, or replace it (--force, -Force).") { Subject = path };

    private Page Page()
    {
        var c = _c;
        SectionBlock[] sections =
        [
            PolicySections.Policy(c),
            PolicySections.Objectives(c),
            BackupSections.Backup(c),
            RestoreSections.Restore(c),
            SiteSections.Sites(c),
            DrillSections.Drills(c),
            CostSections.Costs(c),
            ChangeSections.Drift(c),
            ChangeSections.Related(c),
            ChangeSections.Changes(c, _facts, _earlier),
        ];
        var numbered = sections.Select((s, i) => s with { Title = $"{i + 1}. {s.Title}" }).ToList();
        return new Page
        {
            Title = c.Say($"{plan.Name}: backup, restore and disaster-recovery plan", $"{plan.Name} バックアップ/リストア/DR計画"),
            Subtitle = c.Say($"As of {c.Words.Moment(state.Asked)}, from {plan.File}", $"作成日時：{c.Words.Moment(state.Asked)}　計画ファイル：{plan.File}"),
            Language = c.Words.Code,
            Blocks = [Verdict(), new SectionBlock(c.Say("Contents", "目次"), [new ListBlock([.. sections.Select(s => s.Title)], IsNumbered: true)]), .. numbered],
            Footer = c.Say(
                "Written by DrTools from the plan file, the state of the repositories and the drills that were held. Do not edit it: edit the plan, and write it again.",
                "本ドキュメントは、計画ファイル、リポジトリの状態および訓練の記録から DrTools が作成した。直接編集せず、計画ファイルを変更して再作成すること。"),
            Data = new PageData(PlanFacts.Id, _facts.ToJson()),
        };
    }

    private VerdictBlock Verdict()
    {
        var c = _c;
        if (!state.WasAsked)
        {
            return new VerdictBlock(PageTone.Warning, c.Say("From the plan alone", "計画のみから作成"), c.Say("How things really stand was not asked.", "現状は確認していない。"));
        }

        var (errors, unknown, warnings) = (state.Findings.Count(f => f.Severity == PlanFindingSeverity.Error), state.Findings.Count(f => f.Severity == PlanFindingSeverity.NotChecked), state.Findings.Count(f => f.Severity == PlanFindingSeverity.Warning));
        var text = c.Say(
            $"{Figures.Count(errors, "difference")}, {unknown} not checked, {Figures.Count(warnings, "warning")}; see \"Plan and reality\".",
            $"差異 {errors} 件、確認不可 {unknown} 件、要注意 {warnings} 件（「計画と現状の差異」を参照）。");
        return errors > 0 ? new VerdictBlock(PageTone.Bad, c.Say("Reality is not as the plan says", "現状は計画どおりではない"), text)
            : unknown + warnings > 0 ? new VerdictBlock(PageTone.Warning, c.Say("Not everything is known to be as the plan says", "計画どおりと確認できない項目がある"), text)
            : new VerdictBlock(PageTone.Good, c.Say("Reality is as the plan says", "現状は計画どおりである"), text);
    }
}
