using DrTools.Platform.Posix;

namespace DrTools.Sources.Files;

/// <summary>
/// Remembers the first path of each file that has several names. A file is forgotten once all its names were met, so
/// that memory is bounded by the files whose other names are still to come (or lie outside the tree).
/// </summary>
/// <remarks>Regular files only: a link or device with several names becomes several of the same content.</remarks>
internal sealed class HardLinks
{
    private readonly Dictionary<(ulong Device, ulong Inode), (byte[] Path, uint Remaining)> _files = [];

    /// <summary>Files whose other names have not all been met.</summary>
    internal int Count => _files.Count;

    /// <summary>The path under which the file was met first, or <see langword="null"/> when that is now.</summary>
    internal byte[]? Meet(in FileStatus status, byte[] path)
    {
        var key = (status.Device, status.Inode);
        if (!_files.TryGetValue(key, out var first))
        {
            _files.Add(key, (path, status.Links - 1));
            return null;
        }

        if (first.Remaining <= 1)
        {
            _files.Remove(key);
        }
        else
        {
            _files[key] = first with { Remaining = first.Remaining - 1 };
        }

        return first.Path;
    }
}
