using System.CommandLine;

namespace DrTools.Cli.CommandLine;

/// <summary>The options of commands on deposits.</summary>
internal static class DepositOptions
{
    public static Option<string> From() => new("--from") { Description = "Where hosts deposit: a folder, or s3://BUCKET/PREFIX.", HelpName = "LOCATION", Required = true };

    public static Option<string?> Host() => new("--host") { Description = "Only deposits of this host.", HelpName = "NAME" };
}
