namespace DrTools.Reports.Pages;

/// <summary>Writes a page as Markdown (CommonMark with the tables of GitHub). Pictures are described; those with a diagram's source
/// have it.</summary>
public sealed class MarkdownPageWriter
{
    private readonly TextWriter _writer;

    private MarkdownPageWriter(TextWriter writer) => _writer = writer;

    /// <summary>Writes it. Lines end with a line feed everywhere.</summary>
    public static void Write(Page page, TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(writer);
        new MarkdownPageWriter(writer).Write(page);
    }

    private static string Text(string text) => MarkdownText.Escape(text);

    private void Write(Page page)
    {
        Line($"# {Text(page.Title)}");
        if (page.Subtitle is not null)
        {
            Paragraph(MarkdownText.EscapeLine(page.Subtitle));
        }

        Write(page.Blocks, 2);
        if (page.Footer is not null)
        {
            Paragraph("---");
            Paragraph(MarkdownText.EscapeLine(page.Footer));
        }

        if (page.Data is { } data)
        {
            Paragraph($"<!-- {data.Id}\n{data.Json}\n-->");
        }
    }

    private void Write(IReadOnlyList<PageBlock> blocks, int level)
    {
        foreach (var block in blocks)
        {
            Write(block, level);
        }
    }

    private void Write(PageBlock block, int level)
    {
        switch (block)
        {
            case VerdictBlock verdict:
                Paragraph($"> **{Sign(verdict.Tone)}{Text(verdict.Headline)}**{(verdict.Text.Length == 0 ? string.Empty : $" {Text(verdict.Text)}")}");
                break;
            case CardsBlock cards:
                Rows(["", "", ""], cards.Cards.Select(c => new[] { Text(c.Name), $"**{Sign(c.Tone)}{Text(c.Figure)}**", Text(c.Against) }), [false, true, false]);
                break;
            case FindingsBlock findings:
                Line();
                for (var i = 0; i < findings.Findings.Count; i++)
                {
                    var finding = findings.Findings[i];
                    Line($"{i + 1}. **{Text(finding.Label)}: {Text(finding.What)}**{(finding.Remedy is null ? string.Empty : $" {Text(finding.Remedy)}")}{(finding.Where is null ? string.Empty : $" ({Text(finding.Where)})")}");
                }

                break;
            case SectionBlock section:
                Paragraph($"{new string('#', level)} {Text(section.Title)}");
                if (section.Note is not null)
                {
                    Paragraph(MarkdownText.EscapeLine(section.Note));
                }

                Write(section.Blocks, level + 1);
                break;
            case HeadingBlock heading:
                Paragraph($"{new string('#', level)} {Text(heading.Text)}");
                break;
            case ParagraphBlock paragraph:
                Paragraph(MarkdownText.EscapeLine(paragraph.Text));
                break;
            case ListBlock list:
                Line();
                for (var i = 0; i < list.Items.Count; i++)
                {
                    Line($"{(list.IsNumbered ? $"{i + 1}." : "-")} {MarkdownText.EscapeLine(list.Items[i])}");
                }

                break;
            case FactsBlock facts:
                Rows(["", ""], facts.Facts.Select(f => new[] { Text(f.Name), Text(f.Value) }), [false, false]);
                break;
            case TableBlock table:
                Write(table);
                break;
            case PictureBlock { Mermaid: { } mermaid }:
                Paragraph($"```mermaid\n{mermaid.TrimEnd()}\n```");
                break;
            case PictureBlock picture:
                Paragraph($"*{Text(picture.Description)}*");
                break;
            case DetailsBlock details:
                Paragraph($"{new string('#', level)} {Text(details.Summary)}");
                Write(details.Blocks, level + 1);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(block), block.GetType().Name, "No page has such a block.");
        }
    }

    private void Write(TableBlock table) => Rows(
        [.. table.Columns.Select(c => Text(c.Title))],
        table.Rows.Select(r => r.Cells is [var only] && table.Columns.Count > 1
            ? [$"**{Text(only.Text)}**", .. Enumerable.Repeat(string.Empty, table.Columns.Count - 1)]
            : r.Cells.Select(Cell).ToArray()),
        [.. table.Columns.Select(c => c.Kind == PageColumnKind.Number)]);

    private static string Cell(PageCell cell)
    {
        var text = cell.IsCode ? MarkdownText.Code(cell.Text) : Text(cell.Text);
        text = cell.Tone == PageTone.Bad && text.Length > 0 ? $"**{text}**" : text;
        return cell.Second is null ? text : $"{text}<br>{Text(cell.Second)}";
    }

    private void Rows(IReadOnlyList<string> heads, IEnumerable<IReadOnlyList<string>> rows, IReadOnlyList<bool> isNumber)
    {
        Line();
        Line($"| {string.Join(" | ", heads)} |");
        Line($"|{string.Concat(isNumber.Select(n => n ? "---:|" : "---|"))}");
        foreach (var row in rows)
        {
            Line($"| {string.Join(" | ", row)} |");
        }
    }

    private static string Sign(PageTone tone) => tone switch { PageTone.Good => "✓ ", PageTone.Bad => "✗ ", PageTone.Warning => "! ", _ => string.Empty };

    private void Paragraph(string text)
    {
        Line();
        Line(text);
    }

    private void Line(string text = "")
    {
        _writer.Write(text);
        _writer.Write('\n');
    }
}
