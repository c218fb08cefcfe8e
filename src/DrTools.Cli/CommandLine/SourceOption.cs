using System.CommandLine;
using DrTools.Plans;
using DrTools.Sources;

namespace DrTools.Cli.CommandLine;

/// <summary>The option that says which source's backups are meant.</summary>
internal static class SourceOption
{
    public static Option<string?> Create(string description) => new("--source") { Description = description, HelpName = "SOURCE" };

    /// <summary>The source by the name that backups are filed under, so that relative paths work too.</summary>
    public static string? GetSource(this CommandRun run, Option<string?> option) =>
        run.Get(option) is { } given ? NameOf(given) : null;

    /// <summary>The name that backups of a source are filed under; that of a plan's service with one source is <c>plan:NAME</c>.</summary>
    public static string NameOf(string given) => PlannedName.Is(given)
        ? PlannedName.Source(given).Source
        : SourceRegistry.Parse(given).Name;

    /// <summary>A source as it is written; that of a plan's service as the plan has it.</summary>
    public static ISource Parse(string given, SourceOptions options)
    {
        if (!PlannedName.Is(given))
        {
            return SourceRegistry.Parse(given, options);
        }

        var planned = PlannedName.Source(given);
        return SourceRegistry.Parse(planned.Address, options with { Exclude = [.. planned.Exclude, .. options.Exclude], OneFileSystem = planned.OneFileSystem || options.OneFileSystem });
    }
}
