using DrTools.Trees;

namespace DrTools.Restore;

/// <summary>
/// Chooses entries by patterns. A folder that is not chosen itself is still made when something below it is: it comes
/// out just before its first chosen entry.
/// </summary>
internal sealed class RestoreSelection(IReadOnlyList<string> include)
{
    private readonly PathPattern[] _patterns = [.. include.Select(PathPattern.Parse)];
    private readonly Stack<TreeEntry> _ancestors = new();

    /// <summary>Takes the next entry in walk order.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="folders">Folders to be made before it, outermost first.</param>
    /// <returns>Whether the entry is chosen.</returns>
    public bool Take(TreeEntry entry, List<TreeEntry> folders)
    {
        if (_patterns.Length == 0)
        {
            return true;
        }

        while (_ancestors.TryPeek(out var top) && !IsBelow(entry.Path, top.Path))
        {
            _ancestors.Pop();
        }

        var isDirectory = entry.Kind == EntryKind.Directory;
        if (!_patterns.Any(p => p.Includes(entry.Path, isDirectory)))
        {
            if (isDirectory)
            {
                _ancestors.Push(entry);
            }

            return false;
        }

        folders.AddRange(_ancestors.Reverse());
        _ancestors.Clear();
        return true;
    }

    /// <summary>Whether a file of this path is chosen.</summary>
    public bool IsChosen(ReadOnlySpan<byte> path)
    {
        foreach (var pattern in _patterns)
        {
            if (pattern.Includes(path, isDirectory: false))
            {
                return true;
            }
        }

        return _patterns.Length == 0;
    }

    private static bool IsBelow(ReadOnlySpan<byte> path, ReadOnlySpan<byte> folder) =>
        folder.IsEmpty || (path.Length > folder.Length && path.StartsWith(folder) && path[folder.Length] == (byte)'/');
}
