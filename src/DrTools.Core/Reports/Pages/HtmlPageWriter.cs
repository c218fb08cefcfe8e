using System.Globalization;

namespace DrTools.Reports.Pages;

/// <summary>Writes a page as one HTML file that needs nothing else; see <see cref="HtmlFrame"/>.</summary>
public sealed class HtmlPageWriter
{
    private readonly TextWriter _writer;

    private HtmlPageWriter(TextWriter writer) => _writer = writer;

    /// <summary>Writes it. Lines end with a line feed everywhere.</summary>
    public static void Write(Page page, TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(writer);
        new HtmlPageWriter(writer).Write(page);
    }

    private static string Text(string text) => HtmlText.Escape(text);

    private void Write(Page page)
    {
        HtmlFrame.WriteHead(_writer, page.WindowTitle ?? page.Title, page.Language);
        Line($"<header><h1>{Text(page.Title)}</h1>{(page.Subtitle is null ? string.Empty : $"<p class=\"soft\">{Text(page.Subtitle)}</p>")}</header>");
        Write(page.Blocks);
        if (page.Footer is not null)
        {
            Line($"<footer>{Text(page.Footer)}</footer>");
        }

        HtmlFrame.WriteEnd(_writer, page.Data);
    }

    private void Write(IReadOnlyList<PageBlock> blocks)
    {
        foreach (var block in blocks)
        {
            Write(block);
        }
    }

    private void Write(PageBlock block)
    {
        switch (block)
        {
            case VerdictBlock verdict:
                Line($"<div class=\"verdict {VerdictClass(verdict.Tone)}\">{Icon(verdict.Tone)}<div><b>{Text(verdict.Headline)}</b>{Text(verdict.Text)}</div></div>");
                break;
            case CardsBlock cards:
                Line($"<div class=\"cards\">");
                cards.Cards.ToList().ForEach(Write);
                Line($"</div>");
                break;
            case FindingsBlock findings:
                Line($"<ol class=\"findings\">");
                findings.Findings.ToList().ForEach(Write);
                Line($"</ol>");
                break;
            case SectionBlock section:
                Line($"<section{(section.IsLong ? " class=\"long\"" : string.Empty)}><h2>{Text(section.Title)}</h2>{(section.Note is null ? string.Empty : $"<p class=\"note\">{Text(section.Note)}</p>")}");
                Write(section.Blocks);
                Line($"</section>");
                break;
            case HeadingBlock heading:
                Line($"<h3>{Text(heading.Text)}</h3>");
                break;
            case ParagraphBlock paragraph:
                Line($"<p{Class(ToneClass(paragraph.Tone))}>{Text(paragraph.Text)}</p>");
                break;
            case ListBlock list:
                Line($"<{(list.IsNumbered ? "ol" : "ul")}>{string.Concat(list.Items.Select(i => $"<li>{Text(i)}</li>"))}</{(list.IsNumbered ? "ol" : "ul")}>");
                break;
            case FactsBlock facts:
                Line($"<dl>{string.Concat(facts.Facts.Select(f => $"<dt>{Text(f.Name)}</dt><dd>{Text(f.Value)}</dd>"))}</dl>");
                break;
            case TableBlock table:
                Write(table);
                break;
            case PictureBlock picture:
                Line($"<div class=\"picture\">{picture.Svg}</div>");
                if (picture.Legend.Count > 0)
                {
                    Line($"<div class=\"legend\">{string.Concat(picture.Legend.Select(k => $"<span><i style=\"background:var(--{Text(k.Color)})\"></i>{Text(k.Text)}</span>"))}</div>");
                }

                break;
            case DetailsBlock details:
                Line($"<details><summary>{Text(details.Summary)}</summary>");
                Write(details.Blocks);
                Line($"</details>");
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(block), block.GetType().Name, "No page has such a block.");
        }
    }

    private void Write(PageCard card)
    {
        var gauge = card.Share is { } share
            ? string.Create(CultureInfo.InvariantCulture, $"<div class=\"gauge\"><i{Class(card.Tone == PageTone.Bad ? "bad" : card.Tone == PageTone.Warning ? "warn" : string.Empty)} style=\"width:{Math.Clamp(share * 100, 0, 100):0.#}%\"></i></div>")
            : string.Empty;
        Line($"<div class=\"card\"><div class=\"name\">{Text(card.Name)}</div><div class=\"figure{(card.Tone is PageTone.Bad ? " bad" : card.Tone is PageTone.Warning ? " warn" : string.Empty)}\">{Text(card.Figure)}</div>{gauge}<div class=\"against\">{Text(card.Against)}</div></div>");
    }

    private void Write(PageFinding finding)
    {
        var remedy = finding.Remedy is null ? string.Empty : $"<p class=\"remedy\">{Text(finding.Remedy)}</p>";
        var where = finding.Where is null ? string.Empty : $"<p class=\"where\">{Text(finding.Where)}</p>";
        Line($"<li{Class(ToneClass(finding.Tone))}><p><span class=\"label\">{Text(finding.Label)}</span> <strong>{Text(finding.What)}</strong></p>{remedy}{where}</li>");
    }

    private void Write(TableBlock table)
    {
        Line($"<div class=\"wide\"><table><thead><tr>{string.Concat(table.Columns.Select(c => $"<th{Class(c.Kind == PageColumnKind.Number ? "number" : string.Empty)}>{Text(c.Title)}</th>"))}</tr></thead><tbody>");
        foreach (var row in table.Rows)
        {
            Line(row.Cells is [var only] && table.Columns.Count > 1
                ? (FormattableString)$"<tr class=\"group\"><td colspan=\"{table.Columns.Count}\">{Text(only.Text)}</td></tr>"
                : $"<tr{Class(row.Tone == PageTone.Bad ? "fail" : row.Tone == PageTone.Warning ? "warn" : string.Empty)}>{string.Concat(row.Cells.Zip(table.Columns, Cell))}</tr>");
        }

        Line($"</tbody></table></div>");
    }

    private static string Cell(PageCell cell, PageColumn column)
    {
        var kind = column.Kind switch { PageColumnKind.Number => "number", PageColumnKind.Tight => "tight", _ => string.Empty };
        var text = cell.IsCode ? $"<code>{Text(cell.Text)}</code>" : Text(cell.Text);
        var second = cell.Second is null ? string.Empty : $"<br><span class=\"soft\">{Text(cell.Second)}</span>";
        return $"<td{Class($"{kind} {ToneClass(cell.Tone)}".Trim())}>{text}{second}</td>";
    }

    private static string Class(string names) => names.Length == 0 ? string.Empty : $" class=\"{names}\"";

    private static string ToneClass(PageTone tone) => tone switch
    {
        PageTone.Good => "tone-good",
        PageTone.Warning => "tone-warn",
        PageTone.Bad => "tone-bad",
        PageTone.Soft => "soft",
        _ => string.Empty,
    };

    private static string VerdictClass(PageTone tone) => tone switch { PageTone.Bad => "fail", PageTone.Warning => "attend", _ => "pass" };

    private static string Icon(PageTone tone)
    {
        var (path, soft) = tone switch
        {
            PageTone.Bad => ("M8 8l8 8M16 8l-8 8", "bad-soft"),
            PageTone.Warning => ("M12 6v8M12 16.6v1.6", "warn-soft"),
            _ => ("M6.5 12.5l3.6 3.6 7.4-8", "good-soft"),
        };
        return $"<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><circle cx=\"12\" cy=\"12\" r=\"11\" fill=\"currentColor\"/><path d=\"{path}\" fill=\"none\" stroke=\"var(--{soft})\" stroke-width=\"2.4\"/></svg>";
    }

    private void Line(FormattableString text)
    {
        _writer.Write(text.ToString(CultureInfo.InvariantCulture));
        _writer.Write('\n');
    }
}
