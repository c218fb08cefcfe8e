using System.Globalization;
using System.Net.Sockets;

namespace DrTools.PostgreSql.Connections;

/// <summary>Finds the PostgreSQL servers of this host by the sockets that they listen on.</summary>
internal static class LocalServers
{
    private const string Prefix = ".s.PGSQL.";

    /// <summary>Where Debian, Red Hat and PostgreSQL itself put sockets.</summary>
    private static readonly string[] Folders = ["/var/run/postgresql", "/tmp"];

    /// <summary>The clusters that answer, as sources.</summary>
    public static IReadOnlyList<string> Find() => Find(Folders);

    internal static IReadOnlyList<string> Find(IEnumerable<string> folders) =>
    [
        .. folders.Where(Directory.Exists)
            .SelectMany(f => Directory.EnumerateFileSystemEntries(f, Prefix + "*"))
            .Select(path => (Folder: Path.GetDirectoryName(path)!, Port: Path.GetFileName(path)[Prefix.Length..], Path: path))
            .Where(s => int.TryParse(s.Port, NumberStyles.None, CultureInfo.InvariantCulture, out _) && Answers(s.Path))
            .OrderBy(s => s.Path, StringComparer.Ordinal)
            .Select(s => $"{ServerAddress.Scheme}:{s.Folder}:{s.Port}"),
    ];

    /// <summary>A socket outlives its server when that is killed.</summary>
    private static bool Answers(string path)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
