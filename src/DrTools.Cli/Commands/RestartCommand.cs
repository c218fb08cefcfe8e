using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.PostgreSql.Administration;
using DrTools.PostgreSql.Connections;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools restart</c>: restarts a database server, with checks before and after.</summary>
internal sealed class RestartCommand : CliCommand
{
    private readonly Argument<string> _server = ServerArgument.Create();
    private readonly ServerRestartCommandOptions _restart = new();
    private readonly Option<bool> _force = new("--force") { Description = "Restart in spite of what the checks before found." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Print what would be interrupted and restart nothing." };

    public RestartCommand()
        : base("restart", "Restart a PostgreSQL server, with checks before (would it come up again, what would be interrupted) and after.")
    {
        Arguments.Add(_server);
        _restart.AddTo(this);
        Options.Add(_force);
        Options.Add(_dryRun);
    }

    protected override string WhenInterrupted => "Whether the server was restarted is not known.";

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var server = ServerAddress.ParseSource(run.Get(_server)!);
        var restart = new ServerRestart(server, _restart.Read(run) with { Force = run.Get(_force) });
        if (run.Get(_dryRun))
        {
            var findings = await restart.PlanAsync(run.Cancellation).ConfigureAwait(false);
            run.Output.Result(RestartDocument.Plan(server, findings), CliJson.Documents.RestartDocument, text => DiagnosisLines.Write(text, run.Output.Palette, findings));
            return ExitCode.Done;
        }

        var result = await restart.RunAsync(run.Cancellation).ConfigureAwait(false);
        run.Output.Result(RestartDocument.Of(server, result), CliJson.Documents.RestartDocument, _ => { });
        run.Output.Text(important: !result.Passed, text =>
        {
            text.WriteLine($"{server.SourceName} was restarted; it did not answer for {Figures.Duration(result.Downtime)}.");
            DiagnosisLines.Write(text, run.Output.Palette, result.After);
        });
        return result.Passed ? ExitCode.Done : ExitCode.Failed;
    }
}
