using System.CommandLine;
using DrTools.Sources;

namespace DrTools.Cli.CommandLine;

/// <summary>The option that says which source's backups are meant.</summary>
internal static class SourceOption
{
    public static Option<string?> Create(string description) => new("--source") { Description = description, HelpName = "SOURCE" };

    /// <summary>The source by the name that backups are filed under, so that relative paths work too.</summary>
    public static string? GetSource(this CommandRun run, Option<string?> option) =>
        run.Get(option) is { } given ? SourceRegistry.Parse(given).Name : null;
}
