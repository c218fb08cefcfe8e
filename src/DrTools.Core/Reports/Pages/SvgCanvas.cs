using System.Globalization;
using System.Text;

namespace DrTools.Reports.Pages;

/// <summary>A picture being drawn, for a page in HTML: classes and colours are those of its style sheet, so that it follows light
/// and dark.</summary>
public sealed class SvgCanvas
{
    private readonly StringBuilder _svg = new();

    /// <summary>An empty picture.</summary>
    /// <param name="width">Its width; pages are some 1030 wide.</param>
    /// <param name="height">Its height.</param>
    /// <param name="id">A word that no other picture of the page has.</param>
    /// <param name="description">What it shows, for those who do not see it.</param>
    public SvgCanvas(double width, double height, string id, string description) =>
        Add($"<svg viewBox=\"0 0 {width:0.#} {height:0.#}\" role=\"img\" aria-labelledby=\"{HtmlText.Escape(id)}\"><title id=\"{HtmlText.Escape(id)}\">{HtmlText.Escape(description)}</title>");

    /// <summary>Adds markup; numbers in it are written as SVG wants them. Text must have been escaped.</summary>
    public void Add(FormattableString markup)
    {
        ArgumentNullException.ThrowIfNull(markup);
        _svg.Append(markup.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Adds text.</summary>
    /// <param name="x">Where it begins, ends, or has its middle.</param>
    /// <param name="y">Its base line.</param>
    /// <param name="text">Plain text.</param>
    /// <param name="style">Classes of the style sheet.</param>
    /// <param name="anchor"><c>start</c>, <c>middle</c> or <c>end</c>.</param>
    public void Text(double x, double y, string text, string style = "", string anchor = "start") =>
        Add($"<text{(style.Length == 0 ? string.Empty : $" class=\"{style}\"")} x=\"{x:0.#}\" y=\"{y:0.#}\"{(anchor == "start" ? string.Empty : $" text-anchor=\"{anchor}\"")}>{HtmlText.Escape(text)}</text>");

    /// <summary>Adds a line.</summary>
    public void Line(double fromX, double fromY, double toX, double toY, string style) =>
        Add($"<line class=\"{style}\" x1=\"{fromX:0.#}\" y1=\"{fromY:0.#}\" x2=\"{toX:0.#}\" y2=\"{toY:0.#}\"/>");

    /// <summary>Adds a bar, with what is said of it where the reader points at it.</summary>
    public void Bar(double x, double y, double width, double height, string style, string? tip = null) =>
        Add($"<rect class=\"{style}\" x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"{Math.Max(0, width):0.#}\" height=\"{height:0.#}\" rx=\"2\">{(tip is null ? string.Empty : $"<title>{HtmlText.Escape(tip)}</title>")}</rect>");

    /// <summary>The picture, as an element <c>svg</c>.</summary>
    public override string ToString() => _svg + "</svg>";
}
