using DrTools.Cli.CommandLine;
using DrTools.Plans;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools plan schema</c>: the JSON Schema of plans, for editors.</summary>
internal sealed class PlanSchemaCommand() : CliCommand("schema", "Print the JSON Schema of plans, with which editors complete and check them.")
{
    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        // A JSON document in either case: with --json too.
        await Console.Out.WriteAsync(PlanLoader.Schema).ConfigureAwait(false);
        return ExitCode.Done;
    }
}
