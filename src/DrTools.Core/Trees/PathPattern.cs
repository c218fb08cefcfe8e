using System.Text;

namespace DrTools.Trees;

/// <summary>A stand-in: matches a relative path, or the last name of one, exactly.</summary>
public sealed class PathPattern
{
    private readonly byte[] _text;

    private PathPattern(byte[] text) => _text = text;

    /// <summary>Reads a pattern.</summary>
    public static PathPattern Parse(string pattern) => new(Encoding.UTF8.GetBytes(pattern));

    /// <summary>Whether a path matches.</summary>
    public bool IsMatch(ReadOnlySpan<byte> relativePath, bool isDirectory)
    {
        _ = isDirectory;
        return relativePath.SequenceEqual(_text)
            || relativePath[(relativePath.LastIndexOf((byte)'/') + 1)..].SequenceEqual(_text);
    }
}
