using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Recovery;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools progress</c>: how far a PostgreSQL server in recovery is.</summary>
internal sealed class ProgressCommand : CliCommand
{
    private readonly Argument<string> _server = new("server") { Description = "The data directory on this host, or the server: postgresql:…" };

    public ProgressCommand()
        : base("progress", "Tell how far a PostgreSQL server in recovery is.") => Arguments.Add(_server);

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var server = run.Get(_server)!;
        var monitor = server.StartsWith("postgresql:", StringComparison.Ordinal) ? new RecoveryMonitor(ServerAddress.ParseSource(server)) : new RecoveryMonitor(server);
        var progress = await monitor.ReadAsync(run.Cancellation).ConfigureAwait(false);
        run.Output.Result(RecoveryProgressDocument.Of(progress), CliJson.Documents.RecoveryProgressDocument, text => ClusterRestoreLines.Write(text, run.Output.Palette, progress));
        return ExitCode.Done;
    }
}
