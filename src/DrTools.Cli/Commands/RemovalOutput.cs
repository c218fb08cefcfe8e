using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Expiry;

namespace DrTools.Cli.Commands;

/// <summary>Prints what an expiry or a removal did, or would do; a plan is what was asked for even when quiet.</summary>
internal static class RemovalOutput
{
    public static void Print(CommandRun run, ExpiryResult result)
    {
        run.Output.Result(ExpiryDocument.Of(result), CliJson.Documents.ExpiryDocument, _ => { });
        run.Output.Text(important: result.IsDryRun, text => RetentionTable.Write(text, run.Output.Palette, result));
    }
}
