using System.CommandLine;
using DrTools.Backup;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Copies;
using DrTools.Repositories;
using DrTools.Sources;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools backup</c>: takes a backup of each source, one after another.</summary>
internal sealed class BackupCommand : CliCommand
{
    private readonly LogRepositoryOptions _repositories = new(
        repositories: "The repository: a folder. More than one: the backup is taken into the first and copied into the others, and the source is read once. Also from DRTOOLS_REPOSITORY.");

    private readonly Option<BackupType?> _type = ChoiceOption.Create<BackupType>("--type", "What it may build on; incremental if not given.");
    private readonly BackupTakingOptions _options = new();

    public BackupCommand()
        : base("backup", "Take a backup of each source.")
    {
        _options.AddSourceTo(this);
        _repositories.AddTo(this);
        Options.Add(_type);
        _options.AddTo(this);
    }

    protected override string WhenInterrupted => "Of the backup that was running nothing was committed; what it has stored is reused by the next run.";

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var sources = _options.Sources(run);
        var repositories = await SeveralRepositories.OpenAsync(run, _repositories.Read(run)).ConfigureAwait(false);
        await using (repositories.ConfigureAwait(false))
        {
            // With one repository, or none of several, nothing can be done; otherwise the others get the backup.
            if (repositories.Opened.Count == 0)
            {
                throw repositories.Failed[0].Error;
            }

            return await RunAsync(run, sources, repositories).ConfigureAwait(false);
        }
    }

    private async Task<ExitCode> RunAsync(CommandRun run, List<ISource> sources, SeveralRepositories repositories)
    {
        var (taken, failed) = (new List<BackupRunDocument>(), new List<ErrorInfo>());
        var exitCode = ExitCode.Done;
        void Fail(DrException error, string? source)
        {
            var report = ErrorReport.Of(error) with { Source = source };
            run.Output.Trace(error);
            run.Output.Error(report);
            failed.Add(ErrorInfo.Of(report));
            exitCode = ExitCodes.Worse(exitCode, report.ExitCode);
        }

        foreach (var (_, error) in repositories.Failed)
        {
            Fail(error, null);
        }

        foreach (var source in sources)
        {
            try
            {
                var result = await RunAsync(run, repositories.Opened, source).ConfigureAwait(false);
                taken.Add(BackupRunDocument.Of(result));
                Describe(run.Output, result);
                exitCode = ExitCodes.Worse(exitCode, result.Taken.Backup.IsPartial ? ExitCode.Partial : ExitCode.Done);
                foreach (var error in result.Repositories.Select(r => r.Error).OfType<DrException>())
                {
                    Fail(error, source.Name);
                }
            }
            catch (DrException e)
            {
                Fail(e, source.Name);
            }
        }

        if (taken.Count > 0)
        {
            run.Output.Result(new BackupRunsDocument(taken, failed), CliJson.Documents.BackupRunsDocument, _ => { });
        }

        return exitCode;
    }

    private async Task<SeveralResult> RunAsync(CommandRun run, IReadOnlyList<Repository> repositories, ISource source)
    {
        var options = _options.Read(run) with { Type = run.Get(_type) ?? BackupType.Incremental };
        run.Output.Step($"Backing up {source.Name}.");
        using var progress = run.Output.StartProgress(source.Name);
        return await new BackupToSeveral(repositories).RunAsync(
            source,
            options,
            progress.Of<BackupProgress>(p => new ProgressState(p.ReadBytes, p.ExpectedBytes, p.CurrentPath)),
            progress.Of<CopyProgress>(p => new ProgressState(p.Bytes, p.TotalBytes, p.CurrentObject)),
            run.Cancellation).ConfigureAwait(false);
    }

    private static void Describe(CommandOutput output, SeveralResult several)
    {
        var result = several.Taken;
        var backup = result.Backup;
        output.Text(important: false, text =>
        {
            text.WriteLine($"{output.Palette.Paint(backup.Id, Tone.Strong)}  {backup.Source}");
            TakenBackupLines.Write(text, backup);
            foreach (var other in several.Repositories.Where(_ => several.Repositories.Count > 1))
            {
                text.WriteLine("  " + (other.Error is not null ? output.Palette.Paint($"not in {other.Repository.Location}", Tone.Bad)
                    : other.WasTakenHere ? $"in {other.Repository.Location}"
                    : $"copied to {other.Repository.Location}: {Figures.Bytes(other.Copy!.StoredBytes)} in {Figures.Count(other.Copy.CopiedPacks, "pack")}, read back"));
            }

            TakenBackupLines.WriteNotes(text, result.Notes);
        });
        TakenBackupLines.WarnOfSigns(output, backup);
        IssueLines.Warn(output, result.Issues, backup.IssueCount, backup.IsPartial ? $"The backup of {backup.Source} is partial." : null);
    }
}
