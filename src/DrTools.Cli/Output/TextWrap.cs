namespace DrTools.Cli.Output;

/// <summary>Breaks text into lines at blanks, or within a word that is longer than a line.</summary>
internal static class TextWrap
{
    public static List<string> Lines(string text, int width)
    {
        var lines = new List<string>();
        var rest = text.AsSpan();
        while (rest.Length > width)
        {
            var blank = rest[..(width + 1)].LastIndexOf(' ');
            var end = blank > 0 ? blank : width;
            lines.Add(rest[..end].ToString());
            rest = rest[end..].TrimStart(' ');
        }

        lines.Add(rest.ToString());
        return lines;
    }
}
