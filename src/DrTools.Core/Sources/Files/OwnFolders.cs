using System.Text;
using DrTools.Platform.Posix;

namespace DrTools.Sources.Files;

/// <summary>The engine's own folders, which a backup leaves out. They are known by device and inode, so that no link or
/// bind mount hides them.</summary>
internal sealed class OwnFolders
{
    private readonly List<(FileStatus Status, string What)> _folders = [];

    internal static OwnFolders None { get; } = new();

    internal static OwnFolders Find(SourceContext context)
    {
        var own = new OwnFolders();
        own.Add(context.RepositoryFolder, "This is the repository itself; its content is left out.");
        own.Add(context.WorkFolder, "This is the working folder of the backup; its content is left out.");
        return own;
    }

    /// <summary>Why a folder's content is left out, or <see langword="null"/> when it is not.</summary>
    internal string? Explain(in FileStatus status)
    {
        foreach (var (own, what) in _folders)
        {
            if (own.IsSameFile(status))
            {
                return what;
            }
        }

        return null;
    }

    private void Add(string? path, string what)
    {
        if (string.IsNullOrEmpty(path))
        {
            return;
        }

        var fd = Descriptor.OpenPath(Encoding.UTF8.GetBytes(path), Abi.PathOnly);
        if (fd >= 0)
        {
            _ = FileStatus.OfDescriptor(fd, out var status);
            _folders.Add((status, what));
            Descriptor.Close(fd);
        }
    }
}
