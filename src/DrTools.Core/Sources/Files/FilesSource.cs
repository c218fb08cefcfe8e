using System.Text;
using DrTools.Platform.Posix;
using DrTools.Trees;

namespace DrTools.Sources.Files;

/// <summary>
/// A folder with all it holds, or a single file.
/// </summary>
/// <remarks>
/// A folder yields itself (the empty path) and then what it holds. A single file yields one entry whose path is the
/// file's name, and no folder. The path given to the source may be or contain a symbolic link, which is followed;
/// within the tree none is.
/// </remarks>
public sealed class FilesSource : ISource
{
    private readonly string _path;
    private readonly FilesSourceOptions _options;
    private readonly PathPattern[] _exclude;

    /// <summary>Creates a source for a path; it is opened later.</summary>
    /// <param name="path">A folder or regular file; relative to the current folder if it is not absolute.</param>
    /// <param name="options">What of it is read.</param>
    public FilesSource(string path, FilesSourceOptions? options = null)
    {
        _path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        _options = options ?? new FilesSourceOptions();
        _exclude = [.. _options.Exclude.Select(PathPattern.Parse)];
    }

    /// <inheritdoc/>
    public string Name => "files:" + _path;

    /// <inheritdoc/>
    public ValueTask<SourceSession> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        cancellationToken.ThrowIfCancellationRequested();
        var bytes = Encoding.UTF8.GetBytes(_path);
        var fd = OpenOrThrow(bytes, Abi.PathOnly);
        try
        {
            _ = FileStatus.OfDescriptor(fd, out var status);
            var session = status.Type switch
            {
                Abi.TypeDirectory => OpenFolder(bytes, context),
                Abi.TypeFile => OpenSingleFile(bytes, context),
                _ => throw Missing("is neither a folder nor a regular file"),
            };
            return ValueTask.FromResult<SourceSession>(session);
        }
        finally
        {
            Descriptor.Close(fd);
        }
    }

    /// <summary>Nothing beyond the hashes, which the restore compares itself.</summary>
    public ValueTask<IReadOnlyList<SourceCheck>> CheckRestoredAsync(
        string restored, SourceFacts facts, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<SourceCheck>>([]);

    private FilesSession OpenFolder(byte[] path, SourceContext context)
    {
        var root = new TreeRoot(OpenOrThrow(path, Abi.ReadOnly | Abi.Directory));
        var own = OwnFolders.Find(context);
        _ = FileStatus.OfDescriptor(root.Fd, out var status);
        if (own.Explain(status) is not null)
        {
            root.Dispose();
            throw new DrException(
                DrError.BadUsage,
                $"The source {Name} is the folder of its own repository.",
                "Back up another folder, or keep the repository elsewhere.") { Subject = _path };
        }

        return new FilesSession(root, singleFile: null, new TreeScope(_options, _exclude, own, context.Report));
    }

    private FilesSession OpenSingleFile(byte[] path, SourceContext context)
    {
        var real = RealPath.Of(path) ?? throw Missing("vanished");
        var slash = real.AsSpan().LastIndexOf((byte)'/');
        var parent = slash == 0 ? "/"u8 : real.AsSpan(0, slash);
        var root = new TreeRoot(OpenOrThrow(parent, Abi.PathOnly | Abi.Directory));
        return new FilesSession(
            root, real[(slash + 1)..], new TreeScope(_options, _exclude, OwnFolders.None, context.Report));
    }

    private int OpenOrThrow(ReadOnlySpan<byte> path, int flags)
    {
        var fd = Descriptor.OpenPath(path, flags);
        return fd >= 0 ? fd : throw Missing("cannot be opened: " + Errno.Text(fd));
    }

    private DrException Missing(string problem) => new(
        DrError.SourceMissing,
        $"The source {Name} {problem}.",
        "Check the path, and that this user may read it.") { Subject = _path };
}
