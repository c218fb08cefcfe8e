using System.Globalization;
using System.Text;

namespace DrTools.Reports.Pages;

/// <summary>Text as it may stand in Markdown (CommonMark with the tables of GitHub). Names and messages are data, whatever they
/// hold.</summary>
public static class MarkdownText
{
    /// <summary>Escapes what Markdown or HTML would take for markup, makes one line of several, and shows characters that have no
    /// looks of their own as their code.</summary>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\n' => escaped.Append(' '),
                '\r' => escaped,
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '&' => escaped.Append("&amp;"),
                '\\' or '`' or '*' or '_' or '[' or ']' or '|' or '~' or '#' or '!' => escaped.Append('\\').Append(rune.ToString()),
                _ when HtmlText.IsInvisible(rune) => escaped.Append(CultureInfo.InvariantCulture, $"\\\\u{rune.Value:X4}"),
                _ => escaped.Append(rune.ToString()),
            };
        }

        return escaped.ToString();
    }

    /// <summary>The same for the beginning of a line, where more counts as markup: a list, a number, a rule.</summary>
    public static string EscapeLine(string text)
    {
        var escaped = Escape(text);
        return escaped.Length > 0 && escaped[0] is '-' or '+' or '=' ? "\\" + escaped
            : escaped.Length > 1 && char.IsAsciiDigit(escaped[0]) && escaped.AsSpan().IndexOfAnyExceptInRange('0', '9') is var end and > 0 && escaped[end] is '.' or ')' ? escaped.Insert(end, "\\")
            : escaped;
    }

    /// <summary>Text as code, in as many backticks as it takes.</summary>
    public static string Code(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var shown = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = HtmlText.IsInvisible(rune) ? shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}") : shown.Append(rune.ToString());
        }

        // A bar would end a cell of a table even within code.
        var content = shown.Replace("|", "\\|").ToString();
        var (longest, run) = (0, 0);
        foreach (var c in content)
        {
            run = c == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        var fence = new string('`', longest + 1);
        var space = content.StartsWith('`') || content.EndsWith('`') || content.Length == 0 ? " " : string.Empty;
        return $"{fence}{space}{content}{space}{fence}";
    }
}
