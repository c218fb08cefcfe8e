using System.CommandLine;

namespace DrTools.Cli.CommandLine;

/// <summary>The argument that names a backup.</summary>
internal static class BackupArgument
{
    public const string Syntax = "An id, the beginning or end of one, or 'latest'.";

    public static Argument<string> One() => new("backup") { Description = Syntax };

    public static Argument<string?> Optional(string otherwise) => new("backup")
    {
        Description = $"{Syntax} {otherwise}",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Argument<string[]> Several() => new("backup") { Description = Syntax, Arity = ArgumentArity.OneOrMore };
}
