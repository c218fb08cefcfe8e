namespace DrTools.Restore;

/// <summary>A path taken apart.</summary>
internal static class PathParts
{
    /// <summary>The path of the folder (empty for the root), and the name in it.</summary>
    internal static void Split(ReadOnlySpan<byte> path, out ReadOnlySpan<byte> folder, out ReadOnlySpan<byte> name)
    {
        var slash = path.LastIndexOf((byte)'/');
        folder = slash < 0 ? [] : path[..slash];
        name = path[(slash + 1)..];
    }
}
