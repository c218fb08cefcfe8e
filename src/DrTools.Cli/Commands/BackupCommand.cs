using System.CommandLine;
using DrTools.Backup;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Cli.Wal;
using DrTools.Copies;
using DrTools.Plans;
using DrTools.Repositories;
using DrTools.Sources;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools backup</c>: takes a backup of each source, one after another.</summary>
internal sealed class BackupCommand : CliCommand
{
    private readonly LogRepositoryOptions _repositories = new(
        repositories: "The repository: a folder. More than one: the backup is taken into the first and copied into the others, and the source is read once. Also from DRTOOLS_REPOSITORY.");

    private readonly Option<BackupType?> _type = ChoiceOption.Create<BackupType>("--type", "What it may build on; incremental if not given.");
    private readonly BackupTakingOptions _options = new("A service of the plan instead of sources: its sources, with what the plan leaves out of them, go to the repositories that the plan names.");

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
        var outcome = new BackupOutcome(run);
        if (_options.Service(run) is { } named)
        {
            await BackUpAsync(run, named.Plan, named.Service, outcome).ConfigureAwait(false);
        }
        else
        {
            await BackUpAsync(run, outcome).ConfigureAwait(false);
        }

        outcome.Print();
        return outcome.ExitCode;
    }

    private async Task BackUpAsync(CommandRun run, BackupOutcome outcome)
    {
        var sources = _options.Sources(run);
        var repositories = await SeveralRepositories.OpenAsync(run, _repositories.Read(run)).ConfigureAwait(false);
        await using (repositories.ConfigureAwait(false))
        {
            outcome.ThrowIfNone(repositories);
            foreach (var source in sources)
            {
                await BackUpAsync(run, repositories.Opened, source, outcome).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Sources of a service may go to different repositories, each of which is opened once.</summary>
    private async Task BackUpAsync(CommandRun run, RecoveryPlan plan, PlannedService service, BackupOutcome outcome)
    {
        var choice = _repositories.Read(run);
        if (choice.Locations.Length > 0)
        {
            throw new DrException(DrError.BadUsage, "Of a service the plan says what is backed up and where to.", "Leave out --repo, or --service.");
        }

        var all = PlannedSelection.SourcesOf(plan, service);
        var planned = all.SelectMany(s => s.Repositories).Distinct(StringComparer.OrdinalIgnoreCase).Select(plan.Repository).ToList();
        var repositories = await SeveralRepositories.OpenAsync(run, planned, WalRepositories.Secrets(choice, 1)[0]).ConfigureAwait(false);
        await using (repositories.ConfigureAwait(false))
        {
            outcome.ThrowIfNone(repositories);
            foreach (var source in all)
            {
                var places = source.Repositories.Select(repositories.Find).OfType<Repository>().ToList();
                if (places.Count == 0)
                {
                    outcome.Fail(new DrException(DrError.RepositoryMissing, $"None of the repositories of {source.Source} can be opened: {string.Join(", ", source.Repositories)}.", "See the errors before this one."), source.Source);
                    continue;
                }

                await BackUpAsync(run, places, _options.Source(run, source), outcome).ConfigureAwait(false);
            }
        }
    }

    private async Task BackUpAsync(CommandRun run, IReadOnlyList<Repository> repositories, TakenSource taken, BackupOutcome outcome)
    {
        try
        {
            var result = await RunAsync(run, repositories, taken.Source, taken.Options with { Type = run.Get(_type) ?? BackupType.Incremental }).ConfigureAwait(false);
            Describe(run.Output, result);
            outcome.Add(result, taken.Source.Name);
        }
        catch (DrException e)
        {
            outcome.Fail(e, taken.Source.Name);
        }
    }

    private static async Task<SeveralResult> RunAsync(CommandRun run, IReadOnlyList<Repository> repositories, ISource source, BackupOptions options)
    {
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
