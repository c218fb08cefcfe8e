using System.CommandLine;
using DrTools.Backup;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools list</c>: the backups of a repository.</summary>
internal sealed class ListCommand : RepositoryCommand
{
    private readonly Option<string?> _source = SourceOption.Create("Only backups of this source.");
    private readonly Option<bool> _latest = new("--latest") { Description = "Only the newest of each source." };

    public ListCommand()
        : base("list", "List the backups of a repository.")
    {
        Options.Add(_source);
        Options.Add(_latest);
        TakeServices("Only backups of this service of the plan, in the repository that they are taken into, or in --repo.");
    }

    protected override string? SourceName(CommandRun run) => run.GetSource(_source);

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var exitCode = ExitCode.Done;
        var listed = await new BackupCatalog(repository).ListAsync(
            new BackupFilter { Source = run.GetSource(_source), Latest = run.Get(_latest) },
            run.Cancellation,
            damaged =>
            {
                run.Output.Error(ErrorReport.Of(damaged));
                exitCode = ExitCodes.Of(damaged.Error);
            }).ConfigureAwait(false);
        IReadOnlyList<BackupInfo> backups = run.Selection is { } selection ? [.. listed.Where(selection.Holds)] : listed;
        run.Output.Result(
            new BackupsDocument([.. backups.Select(BackupDocument.Of)]),
            CliJson.Documents.BackupsDocument,
            text => Write(text, run.Output.Palette, backups));
        return exitCode;
    }

    private static void Write(TextWriter text, Palette palette, IReadOnlyList<BackupInfo> backups)
    {
        if (backups.Count == 0)
        {
            text.WriteLine("There are no backups.");
        }

        foreach (var group in backups.GroupBy(b => (b.Source, b.Host)))
        {
            text.WriteLine(palette.Paint($"{group.Key.Source} on {group.Key.Host}", Tone.Strong));
            var table = new TextTable("BACKUP", "TYPE", "STARTED", ">SIZE", ">ADDED", "NOTES");
            foreach (var backup in group)
            {
                table.Add(
                    backup.Id,
                    Scalars.Word(backup.Type),
                    Figures.LocalTime(backup.Started),
                    Figures.Bytes(backup.SourceBytes),
                    Figures.Bytes(backup.StoredBytes),
                    new Cell(Notes(backup), backup.IsPartial ? Tone.Caution : Tone.Plain));
            }

            table.Write(text, palette);
            text.WriteLine();
        }
    }

    private static string Notes(BackupInfo backup) => string.Join(", ", new[]
    {
        backup.IsPartial ? "partial" : null,
        backup.IsPinned ? "pinned" : null,
    }.Where(n => n is not null));
}
