namespace DrTools.Reports.Pages;

/// <summary>How the cells of a column stand.</summary>
public enum PageColumnKind
{
    /// <summary>As text, in several lines where there is no space.</summary>
    Text,

    /// <summary>As text in one line.</summary>
    Tight,

    /// <summary>As figures, one below the other.</summary>
    Number,
}

/// <summary>A table.</summary>
/// <param name="Columns">Its columns.</param>
/// <param name="Rows">Its rows.</param>
public sealed record TableBlock(IReadOnlyList<PageColumn> Columns, IReadOnlyList<PageRow> Rows) : PageBlock;

/// <summary>A column.</summary>
/// <param name="Title">What is in it.</param>
/// <param name="Kind">How its cells stand.</param>
public sealed record PageColumn(string Title, PageColumnKind Kind = PageColumnKind.Text);

/// <summary>A row.</summary>
/// <param name="Cells">A cell for each column; a single one is a heading for the rows that follow.</param>
/// <param name="Tone">How it is to be taken.</param>
public sealed record PageRow(IReadOnlyList<PageCell> Cells, PageTone Tone = PageTone.Plain)
{
    /// <summary>A heading for the rows that follow.</summary>
    public static PageRow Group(string text) => new([new PageCell(text)]);
}

/// <summary>A cell.</summary>
/// <param name="Text">What is in it.</param>
/// <param name="Tone">How it is to be taken.</param>
/// <param name="IsCode">Whether it is something that programs take: a name, an id.</param>
/// <param name="Second">A second line.</param>
public sealed record PageCell(string Text, PageTone Tone = PageTone.Plain, bool IsCode = false, string? Second = null)
{
    /// <summary>A cell of plain text.</summary>
    public static implicit operator PageCell(string text) => FromString(text);

    /// <summary>A cell of plain text.</summary>
    public static PageCell FromString(string text) => new(text);

    /// <summary>A cell with a name or an id.</summary>
    public static PageCell Code(string text, string? second = null) => new(text, IsCode: true, Second: second);
}
