using System.Xml.Linq;
using DrTools.Reports.Pages;
using Xunit;

namespace DrTools.Tests.Reports;

/// <summary>Pages as HTML and as Markdown: whatever a name holds, it is no markup.</summary>
public sealed class PageWriterTests
{
    private const string Attack = "<script>alert('x')</script>\"><img src=http://evil.example/>|`*_[a](b)&amp;\u202Egnp.exe\x1b[31m\r\n# head";

    [Fact]
    public void Every_block_is_written_and_nothing_of_it_is_markup()
    {
        var html = Html(Everything(Attack));
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\u202E', html);
        Assert.DoesNotContain('\x1b', html);
        _ = XDocument.Parse(html[html.IndexOf("<body>", StringComparison.Ordinal)..(html.IndexOf("</body>", StringComparison.Ordinal) + 7)].Replace("<br>", "<br/>", StringComparison.Ordinal));

        using var writer = new StringWriter();
        MarkdownPageWriter.Write(Everything(Attack), writer);
        var markdown = writer.ToString();
        Assert.DoesNotContain("<script", markdown.Replace("`" + Attack[..4], string.Empty, StringComparison.Ordinal).Split('\n').Where(l => !l.Contains('`', StringComparison.Ordinal)).Aggregate(string.Empty, string.Concat), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\u202E', markdown);
        Assert.DoesNotContain('\x1b', markdown);
        Assert.DoesNotContain(markdown.Split('\n'), l => l.StartsWith("# head", StringComparison.Ordinal));

        // Each row of a table has as many cells as its head.
        foreach (var table in markdown.Split("\n\n").Where(b => b.StartsWith('|')))
        {
            Assert.Single(table.TrimEnd('\n').Split('\n').Select(Cells).Distinct());
        }
    }

    [Fact]
    public void Text_at_the_beginning_of_a_line_is_no_list_and_no_number()
    {
        Assert.Equal(@"\- a", MarkdownText.EscapeLine("- a"));
        Assert.Equal(@"12\. a", MarkdownText.EscapeLine("12. a"));
        Assert.Equal("12 a", MarkdownText.EscapeLine("12 a"));
        Assert.Equal(@"\# a", MarkdownText.EscapeLine("# a"));
        Assert.Equal("`` a`b ``".Replace(" ", string.Empty, StringComparison.Ordinal), MarkdownText.Code("a`b"));
        Assert.Equal("`` ` ``", MarkdownText.Code("`"));
    }

    [Fact]
    public void A_file_is_replaced_only_when_that_is_wanted_and_appears_whole()
    {
        var folder = Directory.CreateTempSubdirectory("drtools-page-").FullName;
        try
        {
            var file = Path.Combine(folder, "a.html");
            Assert.Equal(file, PageFile.Write(file, "one", force: false));
            Assert.Equal(DrError.FileExists, Assert.Throws<DrException>(() => PageFile.Write(file, "two", force: false)).Error);
            Assert.Equal("one", File.ReadAllText(file));
            PageFile.Write(file, "three", force: true);
            Assert.Equal("three", File.ReadAllText(file));
            Assert.Equal(DrError.TargetFailure, Assert.Throws<DrException>(() => PageFile.Write(Path.Combine(folder, "none", "a.html"), "x", force: false)).Error);
            Assert.Equal(DrError.TargetFailure, Assert.Throws<DrException>(() => PageFile.Write(folder, "x", force: true)).Error);
            Assert.Equal([file], Directory.GetFiles(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Html(Page page)
    {
        using var writer = new StringWriter();
        HtmlPageWriter.Write(page, writer);
        return writer.ToString();
    }

    private static int Cells(string row) => row.Replace(@"\|", string.Empty, StringComparison.Ordinal).Count(c => c == '|');

    private static Page Everything(string text)
    {
        var canvas = new SvgCanvas(100, 100, "picture", text);
        canvas.Text(1, 1, text);
        canvas.Bar(1, 1, 2, 2, "good", text);
        return new Page
        {
            Title = text,
            Subtitle = text,
            Footer = text,
            Data = new PageData("data", "{}"),
            Blocks =
            [
                new VerdictBlock(PageTone.Warning, text, text),
                new CardsBlock([new PageCard(text, text, text, PageTone.Bad, 0.5)]),
                new FindingsBlock([new PageFinding(PageTone.Bad, text, text, text, text)]),
                new SectionBlock(text, [new HeadingBlock(text), new ParagraphBlock(text), new ListBlock([text]), new ListBlock([text], true)], text),
                new FactsBlock([new PageFact(text, text)]),
                new TableBlock([new PageColumn(text), new PageColumn(text, PageColumnKind.Number)], [PageRow.Group(text), new PageRow([PageCell.Code(text, text), new PageCell(text, PageTone.Bad)], PageTone.Bad)]),
                new PictureBlock(canvas.ToString(), text, [new PageKey("good", text)]),
                new DetailsBlock(text, [new ParagraphBlock(text)]),
            ],
        };
    }
}
