using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Deposits;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools deposit list</c>: what hosts have deposited.</summary>
internal sealed class DepositListCommand : RepositoryCommand
{
    private readonly Option<string> _from = DepositOptions.From();
    private readonly Option<string?> _host = DepositOptions.Host();

    public DepositListCommand()
        : base("list", "List what hosts have deposited, and whether the repository has it.")
    {
        Options.Add(_from);
        Options.Add(_host);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var deposits = await new DepositInbox(run.Get(_from)!).ListAsync(repository, run.Get(_host), run.Cancellation).ConfigureAwait(false);
        run.Output.Result(new DepositsDocument([.. deposits.Select(DepositDocument.Of)]), CliJson.Documents.DepositsDocument, text =>
        {
            if (deposits.Count == 0)
            {
                text.WriteLine($"There are no deposits in {run.Get(_from)}.");
                return;
            }

            var table = new TextTable("DEPOSIT", "HOST", "STORED", ">OBJECTS", ">SIZE", "STATE");
            foreach (var deposit in deposits)
            {
                table.Add(deposit.Id, deposit.Host, Figures.LocalTime(deposit.Stored), Figures.Count(deposit.Objects), Figures.Bytes(deposit.Bytes), State(deposit));
            }

            table.Write(text, run.Output.Palette);
        });
        return ExitCode.Done;
    }

    private static Cell State(Deposit deposit) => deposit switch
    {
        { IsComplete: false } => new Cell("unfinished", Tone.Weak),
        { IsReceived: true } => new Cell("received", Tone.Good),
        _ => "waiting",
    };
}
