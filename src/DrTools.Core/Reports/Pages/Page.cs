namespace DrTools.Reports.Pages;

/// <summary>How a part of a page is to be taken.</summary>
public enum PageTone
{
    /// <summary>Neither good nor bad.</summary>
    Plain,

    /// <summary>As it should be.</summary>
    Good,

    /// <summary>To be looked at.</summary>
    Warning,

    /// <summary>Not as it should be.</summary>
    Bad,

    /// <summary>Of less weight.</summary>
    Soft,
}

/// <summary>
/// A page for people: a report, a document. It is put together once and written as HTML (<see cref="HtmlPageWriter"/>) or as Markdown
/// (<see cref="MarkdownPageWriter"/>). All text in it is plain text; the writers escape it.
/// </summary>
public sealed record Page
{
    /// <summary>Its title: of the window, and its first heading.</summary>
    public required string Title { get; init; }

    /// <summary>What the title of the window says beside it, such as the verdict.</summary>
    public string? WindowTitle { get; init; }

    /// <summary>What stands below the title.</summary>
    public string? Subtitle { get; init; }

    /// <summary>Its language (BCP 47).</summary>
    public string Language { get; init; } = "en";

    /// <summary>What is on it.</summary>
    public required IReadOnlyList<PageBlock> Blocks { get; init; }

    /// <summary>Its last line.</summary>
    public string? Footer { get; init; }

    /// <summary>What programs are to find in it.</summary>
    public PageData? Data { get; init; }
}

/// <summary>JSON that a page carries, out of sight.</summary>
/// <param name="Id">What it is called: a word.</param>
/// <param name="Json">JSON in which &lt;, &gt; and &amp; are escaped, as <see cref="System.Text.Json"/> does where nothing else is
/// said: it then can neither end the element nor the comment that it stands in.</param>
public sealed record PageData(string Id, string Json);

/// <summary>A part of a page.</summary>
public abstract record PageBlock;

/// <summary>What it comes to, in a sentence.</summary>
/// <param name="Tone">How it is to be taken.</param>
/// <param name="Headline">The sentence.</param>
/// <param name="Text">What is to be said beside it.</param>
public sealed record VerdictBlock(PageTone Tone, string Headline, string Text) : PageBlock;

/// <summary>The figures that matter most, side by side.</summary>
/// <param name="Cards">At best four.</param>
public sealed record CardsBlock(IReadOnlyList<PageCard> Cards) : PageBlock;

/// <summary>A figure.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Figure">The figure.</param>
/// <param name="Against">What it is held against.</param>
/// <param name="Tone">How it is to be taken.</param>
/// <param name="Share">Of what it is held against, 0 to 1 and beyond; drawn where it is given.</param>
public sealed record PageCard(string Name, string Figure, string Against, PageTone Tone = PageTone.Plain, double? Share = null);

/// <summary>What is to be done, the most pressing first.</summary>
/// <param name="Findings">What was found.</param>
public sealed record FindingsBlock(IReadOnlyList<PageFinding> Findings) : PageBlock;

/// <summary>Something that was found.</summary>
/// <param name="Tone">How it is to be taken.</param>
/// <param name="Label">A word for it.</param>
/// <param name="What">What it is.</param>
/// <param name="Remedy">What is to be done.</param>
/// <param name="Where">Where it is, or what says so.</param>
public sealed record PageFinding(PageTone Tone, string Label, string What, string? Remedy, string? Where = null);

/// <summary>A part of the page with a heading.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Blocks">What is in it.</param>
/// <param name="Note">What is to be known of it.</param>
/// <param name="IsLong">Whether it may be divided when it is printed.</param>
public sealed record SectionBlock(string Title, IReadOnlyList<PageBlock> Blocks, string? Note = null, bool IsLong = false) : PageBlock;

/// <summary>A heading within a section.</summary>
/// <param name="Text">The heading.</param>
public sealed record HeadingBlock(string Text) : PageBlock;

/// <summary>A paragraph.</summary>
/// <param name="Text">The text.</param>
/// <param name="Tone">How it is to be taken.</param>
public sealed record ParagraphBlock(string Text, PageTone Tone = PageTone.Plain) : PageBlock;

/// <summary>A list.</summary>
/// <param name="Items">Its items.</param>
/// <param name="IsNumbered">Whether their order matters.</param>
public sealed record ListBlock(IReadOnlyList<string> Items, bool IsNumbered = false) : PageBlock;

/// <summary>Names and values.</summary>
/// <param name="Facts">The pairs.</param>
public sealed record FactsBlock(IReadOnlyList<PageFact> Facts) : PageBlock;

/// <summary>A name and a value.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
public sealed record PageFact(string Name, string Value);

/// <summary>A picture.</summary>
/// <param name="Svg">An element <c>svg</c> that needs nothing else; of <see cref="SvgCanvas"/>.</param>
/// <param name="Description">What it shows, for those who do not see it.</param>
/// <param name="Legend">What its colours mean.</param>
public sealed record PictureBlock(string Svg, string Description, IReadOnlyList<PageKey> Legend) : PageBlock
{
    /// <summary>The same as the source of a diagram (Mermaid), for Markdown.</summary>
    public string? Mermaid { get; init; }
}

/// <summary>What a colour means.</summary>
/// <param name="Color">A variable of the style sheet, without its dashes: <c>good</c>, <c>backup</c>, <c>lost</c>.</param>
/// <param name="Text">What it means.</param>
public sealed record PageKey(string Color, string Text);

/// <summary>What is read by few, folded up on screen.</summary>
/// <param name="Summary">What it is.</param>
/// <param name="Blocks">What is in it.</param>
public sealed record DetailsBlock(string Summary, IReadOnlyList<PageBlock> Blocks) : PageBlock;
