using System.Globalization;
using System.Text;
using DrTools.Platform.Posix;
using DrTools.PostgreSql.Platform;

namespace DrTools.PostgreSql.Recovery;

/// <summary>What files say of a server that may run on a data directory.</summary>
internal static class ServerFiles
{
    /// <summary>The process of the server that runs on a data directory, if one does.</summary>
    /// <remarks>As pg_ctl does it: <c>postmaster.pid</c> names a process, and that process is there. Its folder is looked
    /// at too where that may be seen, for the number may be another process's by now.</remarks>
    public static int? RunningServer(string dataDirectory)
    {
        if (ReadPidFile(dataDirectory) is not { Count: > 0 } lines || !int.TryParse(lines[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var process) || !ProcessFacts.IsAlive(Math.Abs(process)))
        {
            return null;
        }

        return ProcessFacts.FolderOf(process) is { } folder && !IsSame(folder, dataDirectory) ? null : process;
    }

    /// <summary>The port of the server that runs on a data directory, if one does.</summary>
    public static int? RunningPort(string dataDirectory)
    {
        const int line = 3;
        return RunningServer(dataDirectory) is not null && ReadPidFile(dataDirectory) is { Count: > line } lines
            && int.TryParse(lines[line], NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : null;
    }

    /// <summary>The lines of <c>postmaster.pid</c>: process, data directory, start (Unix time), port, folder of the socket,
    /// address, shared memory, status.</summary>
    public static IReadOnlyList<string>? ReadPidFile(string dataDirectory)
    {
        try
        {
            return [.. File.ReadLines(Path.Combine(dataDirectory, "postmaster.pid")).Select(l => l.Trim())];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether two paths are the same file or folder.</summary>
    public static bool IsSame(string one, string other) =>
        Path.Exists(one) && Path.Exists(other)
        && FileStatus.OfName(Abi.AtCurrentFolder, Encoding.UTF8.GetBytes(Real(one)), out var first) == 0
        && FileStatus.OfName(Abi.AtCurrentFolder, Encoding.UTF8.GetBytes(Real(other)), out var second) == 0
        && first.IsSameFile(second);

    /// <summary>The first folder on a path that exists, from the end.</summary>
    public static string Existing(string path)
    {
        while (!Directory.Exists(path))
        {
            path = Path.GetDirectoryName(path) ?? "/";
        }

        return path;
    }

    private static string Real(string path) => new DirectoryInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
}
