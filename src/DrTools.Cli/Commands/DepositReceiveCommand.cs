using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Copies;
using DrTools.Deposits;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools deposit receive</c>: takes deposits into the repository that they are sealed for.</summary>
internal sealed class DepositReceiveCommand : RepositoryCommand
{
    private readonly Option<string> _from = DepositOptions.From();
    private readonly Option<string?> _host = DepositOptions.Host();
    private readonly Option<bool> _remove = new("--remove") { Description = "Remove deposits that the repository has, and unfinished ones to which nothing was added for a week." };
    private readonly Option<int?> _parallel = NumberOption.Create("--parallel", "Packs copied at once; one per processor, at most 8, if not given.", 1, 32);
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what would be received; change nothing." };

    public DepositReceiveCommand()
        : base("receive", "Verify what hosts have deposited and take it into the repository.")
    {
        foreach (var option in new Option[] { _from, _host, _remove, _parallel, _dryRun })
        {
            Options.Add(option);
        }
    }

    protected override string WhenInterrupted => "Deposits that were received are whole backups; the others still lie where they were.";

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var options = new ReceiveOptions { Host = run.Get(_host), Remove = run.Get(_remove), DryRun = run.Get(_dryRun), Parallelism = run.Get(_parallel) ?? 0 };
        var all = new List<ReceivedDeposit>();
        var exitCode = ExitCode.Done;
        using (var progress = run.Output.StartProgress($"receive into {repository.Location}"))
        {
            await foreach (var received in new DepositReceiver(repository, run.Get(_from)!).RunAsync(
                options, progress.Of<CopyProgress>(p => new ProgressState(p.Bytes, p.TotalBytes, p.CurrentObject)), run.Cancellation).ConfigureAwait(false))
            {
                all.Add(received);
            }
        }

        run.Output.Result(new ReceivedDepositsDocument(options.DryRun, [.. all.Select(ReceivedDepositDocument.Of)]), CliJson.Documents.ReceivedDepositsDocument, _ => { });
        run.Output.Text(important: options.DryRun, text => Write(text, run.Output.Palette, all));
        foreach (var received in all)
        {
            foreach (var backup in received.Backups)
            {
                TakenBackupLines.WarnOfSigns(run.Output, backup);
                if (backup.IsPartial)
                {
                    run.Output.Warn($"The backup of {backup.Source} is partial: {Figures.Count(backup.IssueCount, "entry", "entries")} could not be read on {backup.Host}.");
                }
            }

            foreach (var note in received.Notes)
            {
                run.Output.Warn(note);
            }

            if (received.Error is { } error)
            {
                run.Output.Trace(error);
                run.Output.Error(ErrorReport.Of(error));
                exitCode = ExitCodes.Worse(exitCode, ExitCodes.Of(error.Error));
            }
        }

        return exitCode;
    }

    private static void Write(TextWriter text, Palette palette, List<ReceivedDeposit> all)
    {
        var table = new TextTable("DEPOSIT", "HOST", ">SIZE", "OUTCOME", "BACKUP", "SOURCE");
        foreach (var received in all)
        {
            table.Add(
                received.Deposit.Id,
                received.Deposit.Host,
                Figures.Bytes(received.Deposit.Bytes),
                Outcome(received),
                string.Join(", ", received.Deposit.BackupIds),
                received.Backups is [var backup, ..] ? backup.Source : string.Empty);
        }

        if (all.Count > 0)
        {
            table.Write(text, palette);
        }

        text.WriteLine(all.Count == 0 ? "There is nothing to receive." : $"{Figures.Count(all.Count(r => r.Outcome == DepositOutcome.Received), "deposit")} received, {Figures.Count(all.Count(r => r.IsRemoved))} removed.");
    }

    private static Cell Outcome(ReceivedDeposit received) => received.Outcome switch
    {
        DepositOutcome.Received => new Cell("received", Tone.Good),
        DepositOutcome.AlreadyThere => new Cell("there already", Tone.Weak),
        DepositOutcome.Unfinished => new Cell("unfinished", Tone.Weak),
        DepositOutcome.ToReceive => "to receive",
        _ => new Cell("REFUSED", Tone.Bad),
    };
}
