using System.Text;

namespace DrTools.Cli.Output;

/// <summary>A picture made of characters, each with its colour.</summary>
internal sealed class TextPicture(int width, int height)
{
    private readonly (char Sign, Tone Tone)[,] _signs = new (char, Tone)[height, width];
    private int _top;

    /// <summary>Puts text at a place; what lies outside is cut off.</summary>
    public void Put(int row, int column, string text, Tone tone = Tone.Plain)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (column + i >= 0 && column + i < width)
            {
                _signs[row, column + i] = (text[i], tone);
            }
        }
    }

    /// <summary>Leaves out rows at the top that nothing was put into.</summary>
    public void SkipRows(int count) => _top = count;

    public void Write(TextWriter writer, Palette palette)
    {
        for (var row = _top; row < height; row++)
        {
            var line = new StringBuilder();
            var end = width;
            while (end > 0 && _signs[row, end - 1].Sign == '\0')
            {
                end--;
            }

            for (var column = 0; column < end;)
            {
                var start = column;
                var tone = _signs[row, start].Tone;
                while (column < end && _signs[row, column].Tone == tone)
                {
                    column++;
                }

                var run = string.Concat(Enumerable.Range(start, column - start).Select(c => _signs[row, c].Sign == '\0' ? ' ' : _signs[row, c].Sign));
                line.Append(palette.Paint(run, tone));
            }

            writer.WriteLine(line);
        }
    }
}
