using System.CommandLine;
using System.Globalization;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Repositories;
using DrTools.Repositories.Journal;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools runs</c>: what was done to a repository, from its journal.</summary>
internal sealed class RunsCommand : RepositoryCommand
{
    private readonly Option<int?> _last = NumberOption.Create("--last", "How many at most; 20 if not given.", 1, int.MaxValue);

    public RunsCommand()
        : base("runs", "List what was done, from the journal.") => Options.Add(_last);

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var runs = await repository.Journal.ReadAsync(run.Get(_last) ?? 20, run.Cancellation).ConfigureAwait(false);
        run.Output.Result(
            new RunsDocument([.. runs.Select(RunDocument.Of)]),
            CliJson.Documents.RunsDocument,
            text => Write(text, run.Output.Palette, runs));
        return ExitCode.Done;
    }

    private static void Write(TextWriter text, Palette palette, IReadOnlyList<RunRecord> runs)
    {
        if (runs.Count == 0)
        {
            text.WriteLine("The journal is empty.");
            return;
        }

        var table = new TextTable(">RUN", "STARTED", "OPERATION", "OUTCOME", ">TOOK", "WHAT");
        foreach (var record in runs)
        {
            table.Add(
                record.Sequence.ToString(CultureInfo.InvariantCulture),
                Figures.LocalTime(record.Started),
                record.Operation,
                new Cell(Scalars.Word(record.Outcome), ToneOf(record.Outcome)),
                Figures.Duration(record.Duration),
                What(record));
        }

        table.Write(text, palette);
    }

    private static Tone ToneOf(RunOutcome outcome) => outcome switch
    {
        RunOutcome.Succeeded => Tone.Good,
        RunOutcome.Failed => Tone.Bad,
        _ => Tone.Caution,
    };

    private static string What(RunRecord run) => string.Join("; ", new[]
    {
        string.Join(' ', new[] { run.Mode?.ToLowerInvariant(), run.Source, run.BackupId }.Where(p => p is not null)),
        run.Reason,
        run.Error,
        run.Detail,
    }.Where(p => !string.IsNullOrEmpty(p)));
}
