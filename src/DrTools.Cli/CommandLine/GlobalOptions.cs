using System.CommandLine;

namespace DrTools.Cli.CommandLine;

/// <summary>Options of every command.</summary>
internal static class GlobalOptions
{
    public static Option<bool> Json { get; } = new("--json")
    {
        Description = "Print one JSON document on stdout, and errors as JSON on stderr (docs/json.md).",
        Recursive = true,
    };

    public static Option<bool> Quiet { get; } = new("--quiet")
    {
        Description = "Print nothing while all is well, except what was asked for.",
        Recursive = true,
    };

    public static Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "Also tell the steps, and the stack trace of a fault.",
        Recursive = true,
    };
}
