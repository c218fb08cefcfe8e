using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace DrTools.PostgreSql.Scratch;

/// <summary>The programs of one installed PostgreSQL server.</summary>
public sealed partial record ServerPrograms
{
    /// <summary>The folder that they are in.</summary>
    public required string Folder { get; init; }

    /// <summary>Major version (15).</summary>
    public required int MajorVersion { get; init; }

    /// <summary>The version as the server says it (<c>15.18</c>).</summary>
    public required string Version { get; init; }

    /// <summary>Path of the server.</summary>
    public string Server => Path("postgres");

    /// <summary>Finds the programs of a major version.</summary>
    /// <param name="majorVersion">The version; a data directory can be opened by no other.</param>
    /// <param name="folder">The folder to use and no other; otherwise the places where systems install servers, and PATH.</param>
    /// <exception cref="DrException"><see cref="DrError.ToolMissing"/>, naming where was looked.</exception>
    public static ServerPrograms Find(int majorVersion, string? folder = null)
    {
        var looked = new List<string>();
        foreach (var candidate in folder is null ? Candidates(majorVersion) : [folder])
        {
            var found = TryAt(candidate);
            if (found?.MajorVersion == majorVersion)
            {
                return found;
            }

            looked.Add(found is null ? candidate : $"{candidate} (which has version {found.Version})");
        }

        throw new DrException(
            DrError.ToolMissing,
            $"No server of PostgreSQL {majorVersion} was found in {string.Join(", ", looked.Distinct(StringComparer.Ordinal))}.",
            $"Install it (postgresql-{majorVersion} on Debian and Ubuntu, postgresql{majorVersion}-server on RHEL), or name the folder of its programs.");
    }

    /// <summary>Finds the newest version of which a whole server is installed: one that can make clusters.</summary>
    /// <param name="oldest">The oldest major version that will do.</param>
    /// <param name="folder">The folder to use and no other; otherwise the places where systems install servers, and PATH.</param>
    /// <exception cref="DrException"><see cref="DrError.ToolMissing"/>, naming where was looked.</exception>
    public static ServerPrograms FindNewest(int oldest, string? folder = null)
    {
        List<string> looked = folder is null ? [.. InstalledFolders().Distinct(StringComparer.Ordinal)] : [folder];
        var found = looked.Select(TryAt).OfType<ServerPrograms>().ToList();
        if (found.Where(p => p.MajorVersion >= oldest && p.Has("initdb")).MaxBy(p => p.MajorVersion) is { } newest)
        {
            return newest;
        }

        var present = found.Select(p => $"{p.Folder} has version {p.Version}{(p.Has("initdb") ? string.Empty : " without initdb")}").ToList();
        throw new DrException(
            DrError.ToolMissing,
            $"No server of PostgreSQL {oldest} or later is installed: {(present.Count > 0 ? string.Join(", ", present) : looked.Count > 0 ? $"none in {string.Join(", ", looked)}" : "none in the usual places, nor on PATH")}.",
            $"Install one (apt-get install postgresql on Debian and Ubuntu, dnf install postgresql-server on RHEL), or name the folder that has postgres and initdb of version {oldest} or later (--pg-bin).");
    }

    /// <summary>The programs in a folder, or <see langword="null"/> if there is no server that runs.</summary>
    public static ServerPrograms? TryAt(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var full = System.IO.Path.GetFullPath(folder);
        var server = System.IO.Path.Combine(full, OperatingSystem.IsWindows() ? "postgres.exe" : "postgres");
        if (!File.Exists(server) || Output(server, "--version") is not { } text || VersionForm().Match(text) is not { Success: true } match)
        {
            return null;
        }

        return new ServerPrograms
        {
            Folder = full,
            Version = match.Groups["version"].Value,
            MajorVersion = int.Parse(match.Groups["major"].Value, System.Globalization.CultureInfo.InvariantCulture),
        };
    }

    /// <summary>Path of one of them.</summary>
    public string Path(string program) => System.IO.Path.Combine(Folder, OperatingSystem.IsWindows() ? program + ".exe" : program);

    /// <summary>Whether one of them is installed: packages split them up.</summary>
    public bool Has(string program) => File.Exists(Path(program));

    private static IEnumerable<string> InstalledFolders()
    {
        static IEnumerable<string> Below(string root, string pattern, string programs) =>
            Directory.Exists(root) ? Directory.EnumerateDirectories(root, pattern).Select(f => System.IO.Path.Combine(f, programs)) : [];
        return Below("/usr/lib/postgresql", "*", "bin")
            .Concat(Below("/usr", "pgsql-*", "bin"))
            .Concat(Below("/usr/libexec", "postgresql*", string.Empty))
            .Concat(Below("/usr/local/opt", "postgresql@*", "bin"))
            .Select(System.IO.Path.TrimEndingDirectorySeparator)
            .Concat(["/usr/local/pgsql/bin", .. OnPath()]);
    }

    private static IEnumerable<string> Candidates(int version)
    {
        yield return $"/usr/lib/postgresql/{version}/bin";
        yield return $"/usr/pgsql-{version}/bin";
        yield return $"/usr/libexec/postgresql{version}";
        yield return $"/usr/local/opt/postgresql@{version}/bin";
        yield return "/usr/local/pgsql/bin";
        foreach (var folder in OnPath())
        {
            yield return folder;
        }
    }

    private static IEnumerable<string> OnPath()
    {
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            if (File.Exists(System.IO.Path.Combine(folder, "postgres")))
            {
                yield return folder;
            }

            var config = System.IO.Path.Combine(folder, OperatingSystem.IsWindows() ? "pg_config.exe" : "pg_config");
            if (File.Exists(config) && Output(config, "--bindir")?.Trim() is { Length: > 0 } named)
            {
                yield return named;
            }
        }
    }

    private static string? Output(string program, string argument)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, [argument]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
            process.StandardInput.Close();
            _ = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            // Not to be run by us, or not a program of this platform: as good as not there.
            return null;
        }
    }

    [GeneratedRegex(@"^postgres \(PostgreSQL\) (?<version>(?<major>[0-9]+)[^\s]*)", RegexOptions.ExplicitCapture)]
    private static partial Regex VersionForm();
}
