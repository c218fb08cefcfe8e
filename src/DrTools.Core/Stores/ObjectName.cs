namespace DrTools.Stores;

/// <summary>The rules for names of objects, the same for every store.</summary>
public static class ObjectName
{
    /// <summary>The longest name: what S3 allows for a key.</summary>
    public const int MaxLength = 1024;

    /// <summary>The longest segment: what Linux and Windows file systems allow for a file name.</summary>
    public const int MaxSegmentLength = 255;

    /// <summary>The first segment that no object may have: where a directory keeps what is being written.</summary>
    public const string Reserved = "tmp";

    /// <summary>Checks a name.</summary>
    /// <param name="name">Segments of <c>[A-Za-z0-9._-]</c> divided by <c>/</c>; none is empty, <c>.</c> or <c>..</c>.</param>
    /// <exception cref="ArgumentException">The name breaks the rules.</exception>
    public static void Require(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length > MaxLength)
        {
            throw new ArgumentException($"An object name has at most {MaxLength} characters, this one {name.Length}.", nameof(name));
        }

        foreach (var range in name.AsSpan().Split('/'))
        {
            if (!IsSegment(name.AsSpan(range)))
            {
                throw new ArgumentException($"\"{name}\" is no object name: segments of letters, digits, '.', '_' and '-' divided by '/'.", nameof(name));
            }
        }

        if (IsReserved(name))
        {
            throw new ArgumentException($"\"{name}\" is no object name: {Reserved}/ is reserved.", nameof(name));
        }
    }

    /// <summary>Checks a prefix for a listing: empty, or whole segments that end in <c>/</c>.</summary>
    /// <exception cref="ArgumentException">The prefix breaks the rules.</exception>
    public static void RequirePrefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        if (prefix.Length == 0)
        {
            return;
        }

        if (prefix[^1] != '/')
        {
            throw new ArgumentException($"\"{prefix}\" is no prefix: it must be empty or end in '/'.", nameof(prefix));
        }

        Require(prefix[..^1]);
    }

    /// <summary>Whether text can be one segment of a name.</summary>
    public static bool IsSegment(ReadOnlySpan<char> segment)
    {
        if (segment.Length is 0 or > MaxSegmentLength || segment is "." or "..")
        {
            return false;
        }

        foreach (var c in segment)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    // Case does not count, because it does not on many file systems.
    private static bool IsReserved(ReadOnlySpan<char> name) =>
        name.StartsWith(Reserved, StringComparison.OrdinalIgnoreCase)
        && (name.Length == Reserved.Length || name[Reserved.Length] == '/');
}
