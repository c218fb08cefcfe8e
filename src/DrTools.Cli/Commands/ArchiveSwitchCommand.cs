using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.PostgreSql.Administration;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories;
using DrTools.Repositories.Logs;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools archive switch</c>: ends the current segment of a server's log, and waits until it is archived.</summary>
internal sealed class ArchiveSwitchCommand : RepositoryCommand
{
    private readonly Argument<string> _server = ServerArgument.Create();
    private readonly Option<int?> _timeout = NumberOption.Create("--timeout", "Seconds to wait for it; 120 if not given.", 1, 86400);

    public ArchiveSwitchCommand()
        : base("switch", "End the current segment of a PostgreSQL server's log, and wait until it is in the repository: what was committed before is safe then.")
    {
        Arguments.Add(_server);
        Options.Add(_timeout);
    }

    protected override string WhenInterrupted => "The segment was ended; whether it has arrived is not known.";

    protected override void Validate(CommandRun run) => _ = ServerAddress.ParseSource(run.Get(_server)!);

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var options = new LogSwitchOptions { Archive = new RepositoryWal(new LogArchive(repository)) };
        options = options with { Timeout = run.Get(_timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : options.Timeout };
        var result = await new LogSwitch(ServerAddress.ParseSource(run.Get(_server)!), options).RunAsync(run.Cancellation).ConfigureAwait(false);
        run.Output.Summary(
            LogSwitchDocument.Of(result),
            CliJson.Documents.LogSwitchDocument,
            text => text.WriteLine($"{result.Segment} is in {repository.Location}, {Figures.Duration(result.Duration)} after it was ended at {result.Position} ({Figures.Moment(result.Switched)})."));
        return ExitCode.Done;
    }
}
