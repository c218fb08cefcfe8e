using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace DrTools.PostgreSql.Programs;

/// <summary>A program of PostgreSQL.</summary>
/// <param name="Path">Its absolute path.</param>
/// <param name="Major">Its major version.</param>
/// <param name="Version">Its version as it says it (<c>15.18</c>).</param>
public sealed record ClientProgram(string Path, int Major, string Version)
{
    /// <summary>Its name.</summary>
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);
}

/// <summary>
/// Finds the programs of PostgreSQL. <c>pg_dump</c> reads servers of its own major version and of older ones, and refuses
/// newer ones, so that the version decides and not the search path.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/app-pgdump.html#PG-DUMP-NOTES">pg_dump: Notes</see>.</remarks>
public static partial class ClientPrograms
{
    /// <summary>Where packages put them, each version in a folder of its own.</summary>
    private static readonly (string Root, string Below)[] VersionFolders =
    [
        ("/usr/lib/postgresql", "bin"), // Debian, Ubuntu
        ("/usr", "bin"), // the Red Hat family, as /usr/pgsql-17
        ("/opt/homebrew/opt", "bin"),
        (@"C:\Program Files\PostgreSQL", "bin"),
    ];

    private static readonly ConcurrentDictionary<(string Path, DateTime Written), ClientProgram?> Known = new();

    /// <summary>The program that fits a server: of its major version, or of the least newer one.</summary>
    /// <param name="name">Its name (<c>pg_dump</c>).</param>
    /// <param name="serverMajor">The server's major version.</param>
    /// <param name="folder">A folder to look in first; what is there and fits is taken.</param>
    /// <exception cref="DrException"><see cref="DrError.ToolMissing"/>.</exception>
    public static ClientProgram Find(string name, int serverMajor, string? folder = null)
    {
        if (folder is not null && Probe(Path.Combine(folder, Executable(name))) is { } given && given.Major >= serverMajor)
        {
            return given;
        }

        var found = Folders().Select(f => Path.Combine(f, Executable(name))).Distinct().Select(Probe).OfType<ClientProgram>().ToList();
        return found.Where(p => p.Major >= serverMajor).MinBy(p => p.Major) ?? throw new DrException(
            DrError.ToolMissing,
            found.Count == 0
                ? $"{name} of PostgreSQL {serverMajor} is needed and not installed."
                : $"{name} of PostgreSQL {serverMajor} or newer is needed; installed is only {string.Join(", ", found.Select(p => p.Version).Distinct())}, which refuses newer servers.",
            $"Install the client programs of PostgreSQL {serverMajor} (Debian: postgresql-client-{serverMajor}), or name the folder that holds them.")
        { Subject = name };
    }

    private static string Executable(string name) => OperatingSystem.IsWindows() ? name + ".exe" : name;

    private static IEnumerable<string> Folders()
    {
        foreach (var (root, below) in VersionFolders)
        {
            if (Directory.Exists(root))
            {
                foreach (var version in Directory.EnumerateDirectories(root, root == "/usr" ? "pgsql-*" : "*"))
                {
                    yield return Path.Combine(version, below);
                }
            }
        }

        // Last, because Debian's /usr/bin/pg_dump is a wrapper that chooses a version by itself.
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            yield return folder;
        }
    }

    private static ClientProgram? Probe(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? Known.GetOrAdd((path, file.LastWriteTimeUtc), static key => Ask(key.Path)) : null;
    }

    /// <summary>Runs it for its version.</summary>
    /// <returns><see langword="null"/> for what is no program of PostgreSQL.</returns>
    private static ClientProgram? Ask(string path)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(path, ["--version"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
            })!;
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            errors.Wait();
            return process.ExitCode == 0 && VersionForm().Match(output) is { Success: true } match
                ? new ClientProgram(path, int.Parse(match.Groups["major"].Value, CultureInfo.InvariantCulture), match.Groups["version"].Value)
                : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\(PostgreSQL\) (?<version>(?<major>[0-9]+)[^ \r\n]*)")]
    private static partial Regex VersionForm();
}
