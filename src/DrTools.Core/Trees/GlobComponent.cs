using System.Buffers;
using System.Globalization;
using System.Text;

namespace DrTools.Trees;

/// <summary>
/// A pattern for one name: the part of a <see cref="PathPattern"/> between two slashes.
/// </summary>
/// <remarks>A name is read as UTF-8 characters; a byte that is not part of one counts as a character of its own, which
/// is numbered beyond Unicode, so that it equals nothing but the same byte.</remarks>
internal sealed class GlobComponent
{
    private const int InvalidByte = 0x110000;

    private readonly Token[] _tokens;
    private readonly byte[]? _literal;

    private GlobComponent(Token[] tokens, byte[]? literal)
    {
        _tokens = tokens;
        _literal = literal;
    }

    private enum TokenKind : byte
    {
        Character,
        AnyCharacter,
        AnyCharacters,
        Set,
        SetComplement,
    }

    /// <summary>Reads a pattern without slashes.</summary>
    /// <exception cref="FormatException">Why it makes no sense.</exception>
    public static GlobComponent Parse(ReadOnlySpan<char> text)
    {
        var tokens = new List<Token>();
        var literal = new ArrayBufferWriter<byte>();
        var isLiteral = true;
        var flushed = 0;
        while (!text.IsEmpty)
        {
            switch (text[0])
            {
                case '*' or '?':
                    Flush();
                    var kind = text[0] == '*' ? TokenKind.AnyCharacters : TokenKind.AnyCharacter;
                    if (kind == TokenKind.AnyCharacter || tokens.Count == 0 || tokens[^1].Kind != kind)
                    {
                        tokens.Add(new Token(kind, 0, []));
                    }

                    isLiteral = false;
                    text = text[1..];
                    break;
                case '[':
                    Flush();
                    tokens.Add(ParseSet(ref text));
                    isLiteral = false;
                    break;
                default:
                    literal.Write(ReadCharacter(ref text));
                    break;
            }
        }

        Flush();
        return new GlobComponent([.. tokens], isLiteral ? literal.WrittenSpan.ToArray() : null);

        // Adjacent \xHH may together be one character, so characters are told apart in whole runs.
        void Flush()
        {
            for (var run = literal.WrittenSpan[flushed..]; !run.IsEmpty;)
            {
                var character = Decode(run, out var length);
                tokens.Add(new Token(TokenKind.Character, character, []));
                run = run[length..];
            }

            flushed = literal.WrittenCount;
        }
    }

    /// <summary>Whether the pattern is for this name.</summary>
    public bool IsMatch(ReadOnlySpan<byte> name)
    {
        if (_literal is not null)
        {
            return name.SequenceEqual(_literal);
        }

        // As with "**", only the last "*" met can still have to give way, so the time is within name × pattern.
        var (token, position) = (0, 0);
        var (lastStar, starPosition) = (-1, 0);
        while (position < name.Length)
        {
            var character = Decode(name[position..], out var length);
            if (token < _tokens.Length && _tokens[token].Kind == TokenKind.AnyCharacters)
            {
                if (token == _tokens.Length - 1)
                {
                    return true;
                }

                (lastStar, starPosition) = (token, position);
                token++;
            }
            else if (token < _tokens.Length && _tokens[token].IsMatch(character))
            {
                token++;
                position += length;
            }
            else if (lastStar >= 0)
            {
                Decode(name[starPosition..], out length);
                starPosition += length;
                (token, position) = (lastStar + 1, starPosition);
            }
            else
            {
                return false;
            }
        }

        // "*" stands for nothing, too; two never follow each other.
        return token == _tokens.Length || (token == _tokens.Length - 1 && _tokens[token].Kind == TokenKind.AnyCharacters);
    }

    private static int Decode(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 1;
        if (bytes[0] < 0x80)
        {
            return bytes[0];
        }

        if (Rune.DecodeFromUtf8(bytes, out var rune, out var consumed) != OperationStatus.Done)
        {
            return InvalidByte + bytes[0];
        }

        length = consumed;
        return rune.Value;
    }

    /// <summary>Reads one character, escaped or not, as its bytes.</summary>
    private static byte[] ReadCharacter(ref ReadOnlySpan<char> text)
    {
        if (text[0] == '\\')
        {
            text = text[1..];
            if (text.IsEmpty)
            {
                throw new FormatException("nothing follows its last '\\'");
            }

            if (text.Length >= 3 && text[0] == 'x' && byte.TryParse(text[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                text = text[3..];
                return value is 0 or (byte)'/' ? throw new FormatException("it has a NUL or an escaped '/', which no name has") : [value];
            }
        }

        if (Rune.DecodeFromUtf16(text, out var rune, out var consumed) != OperationStatus.Done || rune.Value == 0)
        {
            throw new FormatException("it is not valid text");
        }

        text = text[consumed..];
        return Encoding.UTF8.GetBytes(rune.ToString());
    }

    private static Token ParseSet(ref ReadOnlySpan<char> text)
    {
        var written = text.ToString();
        text = text[1..];
        var kind = TokenKind.Set;
        if (text.StartsWith("!") || text.StartsWith("^"))
        {
            kind = TokenKind.SetComplement;
            text = text[1..];
        }

        var ranges = new List<(int First, int Last)>();

        // A ']' that comes first is an ordinary character.
        while (ranges.Count == 0 || !text.StartsWith("]"))
        {
            if (text.StartsWith("[:"))
            {
                throw new FormatException("it has a class such as [:alpha:]; write the characters, as in [A-Za-z]");
            }

            var first = ReadMember(ref text, written);
            var last = first;
            if (text.Length >= 2 && text[0] == '-' && text[1] != ']')
            {
                text = text[1..];
                last = ReadMember(ref text, written);
            }

            if (last < first)
            {
                throw new FormatException($"a range in '{written}' ends before it starts");
            }

            ranges.Add((first, last));
        }

        text = text[1..];
        return new Token(kind, 0, [.. ranges]);
    }

    private static int ReadMember(ref ReadOnlySpan<char> text, string written) => text.IsEmpty
        ? throw new FormatException($"the bracket of '{written}' is not closed")
        : Decode(ReadCharacter(ref text), out _);

    private readonly record struct Token(TokenKind Kind, int Character, (int First, int Last)[] Ranges)
    {
        public bool IsMatch(int character)
        {
            switch (Kind)
            {
                case TokenKind.Character:
                    return character == Character;
                case TokenKind.AnyCharacter:
                    return true;
                default:
                    foreach (var (first, last) in Ranges)
                    {
                        if (character >= first && character <= last)
                        {
                            return Kind == TokenKind.Set;
                        }
                    }

                    return Kind == TokenKind.SetComplement;
            }
        }
    }
}
