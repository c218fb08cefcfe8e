using System.Text;

namespace DrTools.Trees;

/// <summary>
/// Paths inside a tree: bytes divided by <c>/</c>, in the order in which a depth-first walk meets them.
/// </summary>
public static class TreePath
{
    /// <summary>
    /// Compares as a depth-first walk orders: component by component, each by its bytes, a folder before what it holds.
    /// (So <c>/</c> sorts before every other byte.)
    /// </summary>
    public static int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var common = left.CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        var (a, b) = (left[common], right[common]);
        return a == (byte)'/' ? -1 : b == (byte)'/' ? 1 : a.CompareTo(b);
    }

    /// <summary>
    /// Whether a path of a manifest may be restored: relative, no empty, <c>.</c> or <c>..</c> component, no NUL.
    /// The empty path (the root) is safe.
    /// </summary>
    public static bool IsSafe(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty)
        {
            return true;
        }

        if (path.Contains((byte)0))
        {
            return false;
        }

        foreach (var range in path.Split((byte)'/'))
        {
            var component = path[range];
            if (component.IsEmpty || component.SequenceEqual("."u8) || component.SequenceEqual(".."u8))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>UTF-8 text with every byte that is not part of valid text, and every control character, written as
    /// <c>\xHH</c>, so that two different paths never look the same and no path can command a terminal.</summary>
    public static string Display(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty)
        {
            return ".";
        }

        var text = new StringBuilder(path.Length);
        while (!path.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(path, out var rune, out var consumed);
            if (status == System.Buffers.OperationStatus.Done && !Rune.IsControl(rune) && rune.Value != '\\')
            {
                text.Append(rune.ToString());
            }
            else
            {
                foreach (var b in path[..consumed])
                {
                    text.Append("\\x").Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
                }
            }

            path = path[consumed..];
        }

        return text.ToString();
    }
}
