using System.Management.Automation;
using DrTools.Copies;
using DrTools.Deposits;

namespace DrTools.PowerShell.Commands;

/// <summary>Takes deposits into the repository that they are sealed for.</summary>
[Cmdlet(VerbsCommunications.Receive, "DrDeposit", SupportsShouldProcess = true)]
[OutputType(typeof(ReceivedDeposit))]
public sealed class ReceiveDrDepositCommand : DepositInboxCommand
{
    /// <summary>Removes from the location what is in the repository, and what was left unfinished a week ago.</summary>
    [Parameter]
    public SwitchParameter Remove { get; set; }

    /// <summary>Number of packs copied at once; 0 for one per processor, at most 8.</summary>
    [Parameter]
    [ValidateRange(0, 32)]
    public int Parallelism { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var repository = OpenRepository();
        var location = ResolvedLocation;
        var receiver = new DepositReceiver(repository.Opened, location);
        var options = new ReceiveOptions { Host = HostName, Remove = Remove, DryRun = IsWhatIf, Parallelism = Parallelism };
        if (IsWhatIf)
        {
            var plan = Run(receiver, options).ToList();
            var waiting = plan.Where(d => d.Outcome == DepositOutcome.ToReceive).Select(d => d.Deposit).ToList();
            _ = ShouldProcess(repository.Location, $"Receive {Display.Count(waiting.Count, "deposit")} ({Display.Size(waiting.Sum(d => d.Bytes))}) of {location}{(Remove ? ", and remove what is received" : string.Empty)}");
            plan.ForEach(Tell);
        }
        else if (ShouldProcess(repository.Location, $"Receive the deposits of {location}{(Remove ? ", and remove what is received" : string.Empty)}"))
        {
            foreach (var received in Run(receiver, options))
            {
                Tell(received);
            }
        }
    }

    /// <summary>What becomes of each, as soon as it is known.</summary>
    private IEnumerable<ReceivedDeposit> Run(DepositReceiver receiver, ReceiveOptions options)
    {
        var bars = new Bars($"Receiving deposits of {Location}");
        var run = receiver.RunAsync(options, bars, StopToken).GetAsyncEnumerator(CancellationToken.None);
        try
        {
            while (Await(_ => run.MoveNextAsync().AsTask(), bars.Next()))
            {
                yield return run.Current;
            }
        }
        finally
        {
            run.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private void Tell(ReceivedDeposit received)
    {
        foreach (var note in received.Notes)
        {
            WriteWarning(note);
        }

        foreach (var warning in received.Backups.SelectMany(b => BackupWarnings.Of(b, b.Issues)))
        {
            WriteWarning(warning);
        }

        WriteObject(received);
        if (received.Error is { } error)
        {
            WriteError(error, received.Deposit.Location);
        }
    }

    /// <summary>A bar for each deposit, as the bytes of each are counted from nothing.</summary>
    private sealed class Bars(string activity) : IProgress<CopyProgress>
    {
        private volatile ProgressDisplay<CopyProgress>? _bar;

        public ProgressDisplay<CopyProgress> Next() => _bar = new ProgressDisplay<CopyProgress>(activity, p => new WorkAmount(p.Bytes, p.TotalBytes, p.CurrentObject));

        public void Report(CopyProgress value) => _bar?.Report(value);
    }
}
