using System.CommandLine;
using DrTools.Aws;
using DrTools.Cli.Output;
using DrTools.PostgreSql;

namespace DrTools.Cli.CommandLine;

/// <summary>Parses a command line and runs its command.</summary>
internal static class CommandRunner
{
    public static async Task<int> RunAsync(string[] args)
    {
        AwsProvider.Register();
        PostgreSqlProvider.Register();
        var root = CommandTree.Create();

        // "@" starts a response file by default; here it may start a name.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (UsageErrors.Find(parsed) is { } report)
        {
            // A server in recovery would take the code of a wrong command line for the end of the log.
            report = args is ["wal", "get", ..] ? report with { ExitCode = ExitCode.RecoveryEnds } : report;
            new CommandOutput(json: args.Contains("--json"), quiet: false, verbose: false).Error(report);
            return (int)report.ExitCode;
        }

        using var interruption = new Interruption();
        return await parsed.InvokeAsync(
            new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false },
            interruption.Token).ConfigureAwait(false);
    }
}
