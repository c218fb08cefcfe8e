using System.CommandLine;
using DrTools.Backup;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.PostgreSql.Probing;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools find-point</c>: finds the last good state before a bad write.</summary>
internal sealed class FindPointCommand : RepositoryCommand
{
    private readonly Argument<string> _probe = new("probe") { Description = "A query that holds in a good state: its first value is true, or a number other than zero." };
    private readonly Option<string> _database = new("--database") { Description = "The database that is asked.", HelpName = "NAME", Required = true };
    private readonly Option<string?> _source = SourceOption.Create("The cluster; the search begins with its first backup, or the one that fits --from.");
    private readonly Option<string?> _backup = new("--backup") { Description = $"A backup that was complete before the bad write instead. {BackupArgument.Syntax}", HelpName = "BACKUP" };
    private readonly Option<string?> _from = new("--from") { Description = "A time with its zone at which the state is known to be good.", HelpName = "TIME" };
    private readonly Option<string?> _to = new("--to") { Description = "A time with its zone at which to end; the end of the log if not given.", HelpName = "TIME" };
    private readonly Option<string?> _scratch = new("--scratch-dir") { Description = "Where the scratch instance is made; among the temporary files if not given.", HelpName = "DIR" };
    private readonly Option<string?> _programs = new("--pg-bin") { Description = "Where the server's programs are looked for first.", HelpName = "DIR" };

    public FindPointCommand()
        : base("find-point", "Find the last moment at which a query held in a PostgreSQL cluster: the last good state before a bad write.")
    {
        Arguments.Add(_probe);
        foreach (var option in new Option[] { _database, _source, _backup, _from, _to, _scratch, _programs })
        {
            Options.Add(option);
        }
    }

    protected override string WhenInterrupted => "The repository was only read, and the scratch instance was removed.";

    protected override void Validate(CommandRun run) => _ = Read(run);

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var options = Read(run);
        var source = run.GetSource(_source);
        var backup = run.Get(_backup) is { } named
            ? await new BackupCatalog(repository).FindAsync(named, source, run.Cancellation).ConfigureAwait(false)
            : await RecoveryStart.FindFirstAsync(
                repository,
                source ?? throw new DrException(DrError.BadUsage, "Neither a source nor a backup was given.", "Give --source, or --backup."),
                options.From,
                run.Cancellation).ConfigureAwait(false);
        RestorePointResult result;
        using (var progress = run.Output.StartProgress(backup.Id))
        {
            result = await new RestorePointSearch(repository).RunAsync(
                backup,
                options,
                new ScratchOptions { Parent = run.Get(_scratch), Programs = run.Get(_programs) },
                progress.Of<ProbeProgress>(p => new ProgressState(0, 0, p.Candidates == 0 ? p.Step : $"{p.Step}; among {Figures.Count(p.Candidates, "commit")}")),
                run.Cancellation).ConfigureAwait(false);
        }

        run.Output.Result(RestorePointDocument.Of(result), CliJson.Documents.RestorePointDocument, text => RestorePointLines.Write(text, run.Output.Palette, result));
        return ExitCode.Done;
    }

    private RestorePointOptions Read(CommandRun run) => new()
    {
        Probe = run.Get(_probe)!,
        Database = run.Get(_database)!,
        From = run.Get(_from) is { } from ? RecoveryTarget.ParseTime(from) : null,
        To = run.Get(_to) is { } to ? RecoveryTarget.ParseTime(to) : null,
    };
}
