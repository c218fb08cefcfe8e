using System.Globalization;
using DrTools.PostgreSql.Cluster;

namespace DrTools.PostgreSql.Physical;

/// <summary>Finds the data directory of a server on this host, and makes sure that it is that server's.</summary>
internal static class LocalDataDirectory
{
    // postmaster.pid holds the second in which the server was started; the server counts from a little later.
    private static readonly TimeSpan StartTolerance = TimeSpan.FromSeconds(10);

    /// <summary>Finds it.</summary>
    /// <param name="server">What the server says.</param>
    /// <param name="given">Where it is, if it cannot be reached under the server's name for it.</param>
    /// <param name="control">Its control file.</param>
    /// <exception cref="DrException"><see cref="DrError.PrivilegeMissing"/> where the server does not tell,
    /// <see cref="DrError.SourceMissing"/> where it is not here, cannot be read, or is another server's.</exception>
    public static string Find(ServerState server, string? given, out ControlFile control)
    {
        var directory = given ?? server.DataDirectory ?? throw new DrException(
            DrError.PrivilegeMissing,
            $"The server does not tell {server.User} where its data directory is.",
            $"GRANT pg_read_all_settings TO \"{server.User}\", or name the data directory.");
        directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (!Directory.Exists(directory))
        {
            throw new DrException(
                DrError.SourceMissing,
                $"The server's data directory {directory} does not exist on this host, or may not be seen.",
                "Run on the server's host as the owner of the data directory, or back up over the network.")
            { Subject = directory };
        }

        control = ControlFile.Read(directory);
        if (control.SystemIdentifier != server.SystemIdentifier)
        {
            throw new DrException(
                DrError.SourceMissing,
                string.Create(CultureInfo.InvariantCulture, $"{directory} is the data directory of another cluster: its system identifier is {control.SystemIdentifier}, and that of the server is {server.SystemIdentifier}."),
                "Name the data directory of the server that is connected to, or back up over the network.")
            { Subject = directory };
        }

        // A primary and its standby share their identifier.
        if (ReadProcess(directory) is not { } process || process.Port != server.Port
            || (process.Started - server.Started.ToUniversalTime()).Duration() > StartTolerance)
        {
            throw new DrException(
                DrError.SourceMissing,
                $"The server that is connected to does not run in {directory}: its postmaster.pid tells of another start or another port. It may be a copy of that server, or its standby.",
                "Name the data directory of the server that is connected to, or back up over the network.")
            { Subject = directory };
        }

        return directory;
    }

    /// <summary>When the server that runs in a data directory was started and on which port, by its postmaster.pid.</summary>
    private static (DateTime Started, int Port)? ReadProcess(string directory)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(Path.Combine(directory, "postmaster.pid"));
        }
        catch (FileNotFoundException)
        {
            return null;
        }

        return lines.Length >= 4
            && long.TryParse(lines[2], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && int.TryParse(lines[3], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                ? (DateTime.UnixEpoch.AddSeconds(seconds), port)
                : null;
    }
}
