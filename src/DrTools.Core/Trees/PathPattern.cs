namespace DrTools.Trees;

/// <summary>
/// A pattern for paths of a tree, written as in <c>.gitignore</c>.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>*</c> stands for any characters and <c>?</c> for one, neither for <c>/</c>; <c>[abc]</c>, <c>[a-z]</c>
/// and <c>[!a-z]</c> (or <c>[^a-z]</c>) for one of, or none of, these.</item>
/// <item><c>**</c> as a whole component stands for any number of folders: <c>**/x</c>, <c>a/**/x</c>; at the end
/// (<c>a/**</c>) for everything below.</item>
/// <item>A pattern without <c>/</c> is for names at any depth; one with a <c>/</c> at its start or inside is for
/// paths from the root of the tree.</item>
/// <item>A <c>/</c> at the end: folders only.</item>
/// <item><c>\</c> makes the next character an ordinary one. <c>\xHH</c> is the byte HH, as <see cref="TreePath.Display"/>
/// writes it, which is how names that are not UTF-8 are named.</item>
/// </list>
/// <para>Hidden names need no dot in the pattern. Upper and lower case differ. Negation is not part of it: what is
/// included and what is excluded are separate lists.</para>
/// </remarks>
public sealed class PathPattern
{
    // A null component is "**".
    private readonly GlobComponent?[] _components;
    private readonly bool _foldersOnly;

    private PathPattern(string text, GlobComponent?[] components, bool foldersOnly)
    {
        Text = text;
        _components = components;
        _foldersOnly = foldersOnly;
    }

    /// <summary>The pattern as it was written.</summary>
    public string Text { get; }

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>: it is empty, a bracket is not closed, or it could
    /// never match.</exception>
    public static PathPattern Parse(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        if (pattern.StartsWith('!'))
        {
            throw Bad(pattern, "it starts with '!', and patterns cannot be negated", "Write \\! for a name that starts with '!', or use an include instead of an exclude.");
        }

        var body = pattern.AsSpan();
        var foldersOnly = body.EndsWith("/") && body.Length > 1;
        body = foldersOnly ? body[..^1] : body;
        var anchored = body.Contains('/');
        body = body.StartsWith("/") ? body[1..] : body;
        if (body.IsEmpty)
        {
            throw Bad(pattern, "it is empty", "Write ** for everything.");
        }

        var components = new List<GlobComponent?>();
        if (!anchored)
        {
            components.Add(null);
        }

        foreach (var range in body.Split('/'))
        {
            var component = body[range];
            if (component is "" or "." or "..")
            {
                throw Bad(pattern, $"it has the component '{component}', which no path has", "Write the path from the root of the source, as in etc/nginx.");
            }

            if (component is not "**")
            {
                components.Add(ParseComponent(pattern, component));
            }
            else if (components.Count == 0 || components[^1] is not null)
            {
                components.Add(null);
            }
        }

        return new PathPattern(pattern, [.. components], foldersOnly);
    }

    /// <summary>Whether the pattern is for this very path. The root (the empty path) is never matched.</summary>
    /// <param name="relativePath">A path of a tree.</param>
    /// <param name="isDirectory">Whether it is a folder.</param>
    public bool IsMatch(ReadOnlySpan<byte> relativePath, bool isDirectory)
    {
        if (relativePath.IsEmpty || (_foldersOnly && !isDirectory))
        {
            return false;
        }

        // Of all the "**" met, only the last can still have to give way: whatever an earlier one took, the later one
        // could take as well. That keeps the time within components × components.
        var (next, start) = (0, 0);
        var (lastStar, starStart) = (-1, 0);
        while (start <= relativePath.Length)
        {
            var name = ComponentAt(relativePath, start);
            if (next < _components.Length && _components[next] is null)
            {
                if (next == _components.Length - 1)
                {
                    return true;
                }

                (lastStar, starStart) = (next, start);
                next++;
            }
            else if (next < _components.Length && _components[next]!.IsMatch(name))
            {
                next++;
                start += name.Length + 1;
            }
            else if (lastStar >= 0)
            {
                starStart += ComponentAt(relativePath, starStart).Length + 1;
                (next, start) = (lastStar + 1, starStart);
            }
            else
            {
                return false;
            }
        }

        return next == _components.Length;
    }

    /// <summary>Whether the pattern is for this path or for a folder that it lies in.</summary>
    /// <param name="path">A path of a tree.</param>
    /// <param name="isDirectory">Whether it is a folder.</param>
    public bool Includes(ReadOnlySpan<byte> path, bool isDirectory)
    {
        for (var i = 1; i < path.Length; i++)
        {
            if (path[i] == (byte)'/' && IsMatch(path[..i], isDirectory: true))
            {
                return true;
            }
        }

        return IsMatch(path, isDirectory);
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static ReadOnlySpan<byte> ComponentAt(ReadOnlySpan<byte> path, int start)
    {
        var rest = path[start..];
        var end = rest.IndexOf((byte)'/');
        return end < 0 ? rest : rest[..end];
    }

    private static GlobComponent ParseComponent(string pattern, ReadOnlySpan<char> component)
    {
        try
        {
            return GlobComponent.Parse(component);
        }
        catch (FormatException e)
        {
            throw Bad(pattern, e.Message, "Put \\ before a character of the name itself, as in \\[ or \\*.");
        }
    }

    private static DrException Bad(string pattern, string why, string remedy) =>
        new(DrError.BadUsage, $"The pattern '{pattern}' makes no sense: {why}.", remedy) { Subject = pattern };
}
