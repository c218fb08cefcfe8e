using System.CommandLine;

namespace DrTools.Cli.CommandLine;

/// <summary>The argument that names a database server.</summary>
internal static class ServerArgument
{
    public static Argument<string> Create() => new("server")
    {
        Description = "The server: postgresql://user@host:port, postgresql:/socket/folder:port, postgresql:service=NAME.",
    };
}
