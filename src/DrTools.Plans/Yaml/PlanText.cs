using System.Text;

namespace DrTools.Plans.Yaml;

/// <summary>The text of a plan file: UTF-8, of bounded size, with no tabs where blanks count.</summary>
internal static class PlanText
{
    /// <summary>The largest file that is read, bytes. A plan for hundreds of services has a tenth of it.</summary>
    public const int MaximumBytes = 1 << 20;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text; <see langword="null"/> when problems keep it from being read.</summary>
    public static string? Read(byte[] bytes, Action<PlanPosition, string, string> problem)
    {
        if (bytes.AsSpan() is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] || (bytes.Length > 1 && bytes.AsSpan(0, Math.Min(bytes.Length, 4)).Contains((byte)0)))
        {
            problem(new(1, 1), "The file is in UTF-16 or UTF-32.", "Save it as UTF-8.");
            return null;
        }

        var content = bytes.AsSpan();
        content = content is [0xEF, 0xBB, 0xBF, ..] ? content[3..] : content;
        string text;
        try
        {
            text = Strict.GetString(content);
        }
        catch (DecoderFallbackException)
        {
            var (position, value) = FirstInvalid(content);
            problem(position, $"The byte 0x{value:X2} is not part of UTF-8.", "Save the file as UTF-8; it may have been saved as Latin-1 or Windows-1252.");
            return null;
        }

        var sound = true;
        var (line, column, isIndent) = (1, 0, true);
        foreach (var c in text)
        {
            column++;
            if (c == '\t' && isIndent)
            {
                problem(new(line, column), "There is a tab in the indentation, of which no program knows how wide it is.", "Write blanks instead: two for each level.");
                (sound, isIndent) = (false, false);
            }
            else if (char.IsControl(c) && c is not ('\t' or '\n' or '\r' or '\x85'))
            {
                problem(new(line, column), $"There is a control character (U+{(int)c:X4}).", "Remove it.");
                sound = false;
            }

            isIndent = c == '\n' || (isIndent && c == ' ');
            (line, column) = c == '\n' ? (line + 1, 0) : (line, column);
        }

        return sound ? text : null;
    }

    private static (PlanPosition Position, byte Value) FirstInvalid(ReadOnlySpan<byte> content)
    {
        var (line, column) = (1, 1);
        while (!content.IsEmpty && Rune.DecodeFromUtf8(content, out var rune, out var length) == System.Buffers.OperationStatus.Done)
        {
            (line, column) = rune.Value == '\n' ? (line + 1, 1) : (line, column + rune.Utf16SequenceLength);
            content = content[length..];
        }

        return (new(line, column), content[0]);
    }
}
