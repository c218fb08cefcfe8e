using System.Management.Automation;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Replication.Streaming;

namespace DrTools.PowerShell.Commands;

/// <summary>Receives a server's log as it is written, until it is stopped.</summary>
[Cmdlet(VerbsLifecycle.Start, "DrLogStream", SupportsShouldProcess = true)]
[OutputType(typeof(LogStreamResult))]
public sealed class StartDrLogStreamCommand : ServerCommand
{
    /// <summary>Further repositories that everything has to reach.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public RepositoryReference[] AlsoTo { get; set; } = [];

    /// <summary>The physical replication slot.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Slot { get; set; }

    /// <summary>Creates the slot where there is none.</summary>
    [Parameter]
    public SwitchParameter CreateSlot { get; set; }

    /// <summary>The folder of what is not archived yet.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SpoolFolder { get; set; }

    /// <summary>What the server is told to be safe.</summary>
    [Parameter]
    public WalAcknowledgement Acknowledge { get; set; }

    /// <summary>How often the unfinished segment is archived too; zero for only at the end of a connection.</summary>
    [Parameter]
    public TimeSpan PartialInterval { get; set; }

    /// <summary>Ends when the log up to here is safe.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? UntilLsn { get; set; }

    /// <summary>Ends when so many segments are archived.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? StopAfter { get; set; }

    /// <summary>How long to try in vain to connect again; for ever if not given.</summary>
    [Parameter]
    public TimeSpan? GiveUpAfter { get; set; }

    /// <summary>Goes on where the server has removed what comes next.</summary>
    [Parameter]
    public SwitchParameter ContinueAfterGap { get; set; }

    /// <summary>Receives although the last backup of this source is of another cluster.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void ProcessServer(ServerAddress server)
    {
        if (Source.Length > 1)
        {
            throw new DrException(DrError.BadUsage, $"A receiver receives from one server, and {Source.Length} are given.", "Start one for each, as jobs: Start-ThreadJob { Start-DrLogStream … }.");
        }

        if (CreateSlot && Slot is null)
        {
            throw new DrException(DrError.BadUsage, "-CreateSlot says nothing without a slot.", "Name it: -Slot drtools -CreateSlot.");
        }

        var until = UntilLsn is null ? null : RecoveryTarget.Parse($"lsn:{UntilLsn}").Lsn;
        DrRepository[] repositories = [OpenRepository(), .. AlsoTo.Select(OpenRepository)];
        var opened = repositories.Select(r => r.Opened).ToList();
        var options = new WalReceiverOptions
        {
            Address = server,
            Password = Password,
            SpoolFolder = SpoolFolder is null ? LogStream.DefaultSpoolFolder(server, opened) : ResolvePath(SpoolFolder),
            Slot = Slot,
            CreateSlot = CreateSlot,
            Acknowledge = Acknowledge,
            PartialInterval = PartialInterval,
            GiveUpAfter = GiveUpAfter,
            ContinueAfterGap = ContinueAfterGap,
            StopAt = until,
            StopAfterSegments = StopAfter,
        };
        var slot = Slot is null ? "without a slot" : $"with the slot {Slot}{(CreateSlot ? ", created where there is none" : string.Empty)}";
        if (!ShouldProcess(server.SourceName, $"Receive its log {slot} into {string.Join(" and ", repositories.Select(r => r.Location))}, through {options.SpoolFolder}"))
        {
            return;
        }

        var stream = new LogStream(opened, options) { AnyCluster = Force };
        var display = new ReceiverDisplay($"Receiving the log of {server.SourceName}");
        try
        {
            Await(stop => stream.RunAsync(display, stop), display, () => Tell(server, display));
        }
        finally
        {
            // What is safe is worth knowing, be it that the stream failed.
            if (stream.Result is { } result)
            {
                Write(result);
            }
        }
    }

    private void Tell(ServerAddress server, ReceiverDisplay display)
    {
        while (display.TryTake(out var message))
        {
            var text = $"{server.SourceName}: {message.Text}";
            if (message.IsProblem)
            {
                WriteWarning(text);
            }
            else
            {
                WriteVerbose(text);
            }
        }
    }

    private void Write(LogStreamResult result)
    {
        WriteObject(result);
        if (result.Waiting > 0)
        {
            WriteError(
                new DrException(
                    DrError.StoreFailure,
                    $"{Display.Count(result.Waiting, "file")} could not be archived and {(result.Waiting == 1 ? "waits" : "wait")} in {result.SpoolFolder}. {result.Problem}".TrimEnd(),
                    "Run it again, with the same repositories, when they can be written: what waits is archived first."),
                result.Source);
        }
    }
}
