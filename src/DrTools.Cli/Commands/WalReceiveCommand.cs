using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Cli.Wal;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Replication.Streaming;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools wal receive</c>: receives a server's log as it is written.</summary>
internal sealed class WalReceiveCommand : CliCommand
{
    private readonly Argument<string> _server = ServerArgument.Create();
    private readonly LogRepositoryOptions _repositories = new();
    private readonly Option<string?> _slot = new("--slot") { Description = "The physical replication slot that makes the server keep what has not been received.", HelpName = "NAME" };
    private readonly Option<bool> _createSlot = new("--create-slot") { Description = "Create the slot where there is none." };
    private readonly Option<string?> _spool = new("--spool") { Description = "Folder of this receiver alone, for what is not archived yet; one below ~/.local/state/drtools if not given.", HelpName = "FOLDER" };
    private readonly Option<WalAcknowledgement?> _acknowledge = ChoiceOption.Create<WalAcknowledgement>("--acknowledge", "What the server is told to be safe: what is archived (if not given), or what is flushed to the spool, for synchronous commits.");
    private readonly Option<int?> _partial = NumberOption.Create("--partial-interval", "Seconds between two copies of the unfinished segment in the repositories; if not given, one when the receiver stops or loses its server.", 1, 86400);
    private readonly Option<string?> _until = new("--until-lsn") { Description = "End when the log up to here is safe: 0/3000028.", HelpName = "LSN" };
    private readonly Option<int?> _stopAfter = NumberOption.Create("--stop-after", "End when so many segments are archived.", 1, int.MaxValue);
    private readonly Option<int?> _giveUp = NumberOption.Create("--give-up-after", "Seconds to try in vain to connect again; for ever if not given.", 1, int.MaxValue);
    private readonly Option<bool> _continue = new("--continue-after-gap") { Description = "Go on where the server has removed what comes next. That is a gap: take a new backup then." };
    private readonly Option<bool> _force = new("--force") { Description = "Receive although the last backup of this source is of another cluster." };

    public WalReceiveCommand()
        : base(
            "receive",
            """
            Receive a PostgreSQL server's log as it is written, for a loss of seconds at most.

            Runs until Ctrl+C or SIGTERM, which ends it with 0 when everything that was received is in every repository. It
            connects again when the server was away. What it holds of the last segment is archived too.
            """)
    {
        Arguments.Add(_server);
        _repositories.AddTo(this);
        foreach (var option in new Option[] { _slot, _createSlot, _spool, _acknowledge, _partial, _until, _stopAfter, _giveUp, _continue, _force })
        {
            Options.Add(option);
        }
    }

    protected override string WhenInterrupted => "Nothing had been received.";

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var address = ServerAddress.ParseSource(run.Get(_server)!);
        var until = run.Get(_until) is { } lsn ? RecoveryTarget.Parse($"lsn:{lsn}").Lsn : null;
        if (run.Get(_createSlot) && run.Get(_slot) is null)
        {
            throw new DrException(DrError.BadUsage, "--create-slot says nothing without a slot.", "Name it: --slot drtools --create-slot.");
        }

        using var opened = WalRepositories.Open(_repositories.Read(run));
        if (opened.Failed is [var failed, ..])
        {
            throw failed.Error;
        }

        var repositories = opened.Archives.Select(a => a.Repository).ToList();
        var defaults = new WalReceiverOptions { Address = address, SpoolFolder = run.Get(_spool) ?? LogStream.DefaultSpoolFolder(address, repositories) };
        var stream = new LogStream(repositories, defaults with
        {
            Slot = run.Get(_slot),
            CreateSlot = run.Get(_createSlot),
            Acknowledge = run.Get(_acknowledge) ?? defaults.Acknowledge,
            PartialInterval = Seconds(run.Get(_partial)) ?? defaults.PartialInterval,
            GiveUpAfter = Seconds(run.Get(_giveUp)),
            ContinueAfterGap = run.Get(_continue),
            StopAt = until,
            StopAfterSegments = run.Get(_stopAfter),
        })
        { AnyCluster = run.Get(_force) };
        run.Output.Step($"What is not archived yet lies in {defaults.SpoolFolder}.");
        try
        {
            using var progress = run.Output.StartProgress(address.SourceName);
            await stream.RunAsync(new ReceiverOutput(run.Output, progress, address), run.Cancellation).ConfigureAwait(false);
        }
        catch (DrException) when (stream.Result is { } ended)
        {
            Print(run, ended);
            throw;
        }

        if (!stream.HasBegun)
        {
            run.Cancellation.ThrowIfCancellationRequested();
        }

        return Print(run, stream.Result!);
    }

    private static ExitCode Print(CommandRun run, LogStreamResult result)
    {
        run.Output.Summary(LogStreamDocument.Of(result), CliJson.Documents.LogStreamDocument, text => LogStreamLines.Write(text, run.Output.Palette, result));
        if (result.Waiting == 0)
        {
            return result.Gaps == 0 ? ExitCode.Done : ExitCode.Partial;
        }

        run.Output.Error(new ErrorReport(
            nameof(DrError.StoreFailure),
            $"{Figures.Count(result.Waiting, "file")} could not be archived and {(result.Waiting == 1 ? "waits" : "wait")} in {result.SpoolFolder}. {result.Problem}".TrimEnd(),
            "Run it again, with the same repositories, when they can be written: what waits is archived first.",
            ExitCode.Failed));
        return ExitCode.Failed;
    }

    private static TimeSpan? Seconds(int? seconds) => seconds is { } given ? TimeSpan.FromSeconds(given) : null;
}
