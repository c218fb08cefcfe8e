using System.Text;

namespace DrTools.Cli.Output;

/// <summary>A cell of a table.</summary>
internal readonly record struct Cell(string Text, Tone Tone = Tone.Plain)
{
    public static implicit operator Cell(string? text) => new(text ?? string.Empty);
}

/// <summary>An aligned table for people. Its last column takes what is left of the width and continues below.</summary>
/// <param name="titles">Titles of the columns; a leading <c>&gt;</c> aligns the column to the right.</param>
internal sealed class TextTable(params string[] titles)
{
    private const int Width = 100;
    private const int Gap = 2;
    private const int LeastLastWidth = 20;

    private readonly List<Cell[]> _rows = [];

    public void Add(params Cell[] cells) => _rows.Add(cells);

    public void Write(TextWriter writer, Palette palette)
    {
        var header = titles.Select(t => new Cell(t.TrimStart('>'), Tone.Weak)).ToArray();
        var widths = new int[titles.Length];
        foreach (var row in _rows.Prepend(header))
        {
            for (var i = 0; i < widths.Length; i++)
            {
                widths[i] = Math.Max(widths[i], row[i].Text.Length);
            }
        }

        var room = Width - widths[..^1].Sum(w => w + Gap);
        widths[^1] = Math.Clamp(widths[^1], 1, Math.Max(room, LeastLastWidth));
        foreach (var row in _rows.Prepend(header))
        {
            WriteRow(writer, palette, row, widths);
        }
    }

    private void WriteRow(TextWriter writer, Palette palette, Cell[] row, int[] widths)
    {
        var last = TextWrap.Lines(row[^1].Text, widths[^1]);
        for (var line = 0; line < last.Count; line++)
        {
            // Blanks are held back until something follows them, so that no line ends with any.
            var (held, painted) = (0, new StringBuilder());
            for (var i = 0; i < row.Length; i++)
            {
                var text = i == row.Length - 1 ? last[line] : line == 0 ? row[i].Text : string.Empty;
                var fill = widths[i] - text.Length;
                var toRight = titles[i][0] == '>';
                held += toRight ? fill : 0;
                if (text.Length > 0)
                {
                    painted.Append(' ', held).Append(palette.Paint(text, row[i].Tone));
                    held = 0;
                }

                held += Gap + (toRight ? 0 : fill);
            }

            writer.WriteLine(painted);
        }
    }
}
