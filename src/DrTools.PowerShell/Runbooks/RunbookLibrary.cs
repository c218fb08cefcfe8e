using DrTools.Drills.Runbooks;

namespace DrTools.PowerShell.Runbooks;

/// <summary>The runbooks that come with the module.</summary>
internal static class RunbookLibrary
{
    private const string Extension = ".ps1";

    /// <summary>Where they are.</summary>
    public static string Folder { get; } = Path.Combine(Path.GetDirectoryName(typeof(RunbookLibrary).Assembly.Location)!, "runbooks");

    /// <summary>Their paths, by name.</summary>
    public static IReadOnlyList<string> Paths =>
        Directory.Exists(Folder) ? [.. Directory.GetFiles(Folder, "*" + Extension).Order(StringComparer.Ordinal)] : [];

    /// <summary>The path of a runbook: a script that is there, else one of the module's by its name.</summary>
    /// <param name="given">What the user wrote.</param>
    /// <param name="resolve">Makes a path of it.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when there is none.</exception>
    public static string Find(string given, Func<string, string> resolve)
    {
        if (given.IndexOfAny(['/', '\\']) < 0 && !given.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
        {
            var names = Paths.ToDictionary(p => Path.GetFileNameWithoutExtension(p), StringComparer.OrdinalIgnoreCase);
            var closest = Spelling.Closest(given, names.Keys);
            return names.TryGetValue(given, out var known)
                ? known
                : throw new DrException(DrError.BadUsage, $"There is no runbook '{given}'.{(closest is null ? string.Empty : $" Did you mean '{closest}'?")}", $"Name a script (./{given}.ps1), or one of the module's: {string.Join(", ", names.Keys)}.") { Subject = given };
        }

        return resolve(given);
    }

    /// <summary>Reads those of the module.</summary>
    public static IEnumerable<RunbookText> Read() => Paths.Select(RunbookText.Read);
}
