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

    private readonly Argument<string[]> _sources = new("source")
    {
        Description = "What to back up: files:PATH, sqlite:FILE, or postgresql://user@host:port/database (without the database: the cluster).",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<BackupType?> _type = ChoiceOption.Create<BackupType>("--type", "What it may build on; incremental if not given.");
    private readonly Option<string?> _reason = new("--reason") { Description = "Why it is taken; kept with it.", HelpName = "TEXT" };
    private readonly Option<string[]> _exclude = new("--exclude") { Description = "Leave out what matches; may be repeated.", HelpName = "GLOB" };
    private readonly Option<bool> _oneFileSystem = new("--one-file-system") { Description = "Leave out other file systems mounted below." };
    private readonly Option<string?> _host = new("--host") { Description = "The host to file it under; this one's name if not given.", HelpName = "NAME" };
    private readonly Option<int?> _parallel = NumberOption.Create("--parallel", "Files read and frames compressed at once; one per processor, at most 8, if not given.", 1, 32);
    private readonly Option<int?> _level = NumberOption.Create("--level", "Zstandard level, 1 to 19; 3 if not given.", 1, 19);

    private readonly ServiceOptions _service = new("A service of the plan instead of sources: its sources, with what the plan leaves out of them, go to the repositories that the plan names.");

    private readonly PostgreSqlBackupOptions _postgreSql = new();

    public BackupCommand()
        : base("backup", "Take a backup of each source.")
    {
        Arguments.Add(_sources);
        _repositories.AddTo(this);
        foreach (var option in new Option[] { _type, _reason, _exclude, _oneFileSystem, _host, _parallel, _level })
        {
            Options.Add(option);
        }

        _postgreSql.AddTo(this);
        _service.AddTo(this);
    }

    protected override string WhenInterrupted => "Of the backup that was running nothing was committed; what it has stored is reused by the next run.";

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var outcome = new BackupOutcome(run);
        if (_service.Read(run) is { } named)
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
        var given = run.Get(_sources)!;
        if (given.Length == 0)
        {
            throw new DrException(DrError.BadUsage, "What is to be backed up was not said.", "Name sources, such as files:/etc, or --service NAME of a plan.");
        }

        var sources = given.Select(s => SourceRegistry.Parse(s, WithOptions(run, new SourceOptions()))).ToList();
        var repositories = await SeveralRepositories.OpenAsync(run, _repositories.Read(run)).ConfigureAwait(false);
        await using (repositories.ConfigureAwait(false))
        {
            outcome.ThrowIfNone(repositories);
            foreach (var source in sources)
            {
                await BackUpAsync(run, repositories.Opened, source, run.Get(_host), run.Get(_exclude)!, outcome).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Sources of a service may go to different repositories, each of which is opened once.</summary>
    private async Task BackUpAsync(CommandRun run, RecoveryPlan plan, PlannedService service, BackupOutcome outcome)
    {
        var choice = _repositories.Read(run);
        if (run.Get(_sources)!.Length > 0 || choice.Locations.Length > 0)
        {
            throw new DrException(DrError.BadUsage, "Of a service the plan says what is backed up and where to.", "Leave out sources and --repo, or --service.");
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

                List<string> exclude = [.. source.Exclude, .. run.Get(_exclude)!];
                await BackUpAsync(run, places, SourceRegistry.Parse(source.Source, WithOptions(run, source.Options)), source.Host ?? run.Get(_host), exclude, outcome).ConfigureAwait(false);
            }
        }
    }

    private SourceOptions WithOptions(CommandRun run, SourceOptions planned) => planned with
    {
        Exclude = [.. planned.Exclude, .. run.Get(_exclude)!],
        OneFileSystem = planned.OneFileSystem || run.Get(_oneFileSystem),
        Provider = _postgreSql.Read(run),
    };

    private async Task BackUpAsync(CommandRun run, IReadOnlyList<Repository> repositories, ISource source, string? host, IReadOnlyList<string> exclude, BackupOutcome outcome)
    {
        try
        {
            var result = await RunAsync(run, repositories, source, host, exclude).ConfigureAwait(false);
            Describe(run.Output, result);
            outcome.Add(result, source.Name);
        }
        catch (DrException e)
        {
            outcome.Fail(e, source.Name);
        }
    }

    private async Task<SeveralResult> RunAsync(CommandRun run, IReadOnlyList<Repository> repositories, ISource source, string? host, IReadOnlyList<string> exclude)
    {
        var defaults = new BackupOptions();
        var options = new BackupOptions
        {
            Type = run.Get(_type) ?? defaults.Type,
            Reason = run.Get(_reason),
            Exclude = exclude,
            CompressionLevel = run.Get(_level) ?? defaults.CompressionLevel,
            Parallelism = run.Get(_parallel) ?? defaults.Parallelism,
            Host = host ?? defaults.Host,
        };
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
            text.WriteLine($"  {Scalars.Word(backup.Type)} in {Figures.Duration(backup.Duration)}: {Figures.Count(backup.Files, "file")} in {Figures.Count(backup.Directories, "folder")}, {Figures.Bytes(backup.SourceBytes)}");
            text.WriteLine($"  {Figures.Count(backup.FilesRead, "file")} read, {Figures.Bytes(backup.NewBytes)} new, {Figures.Bytes(backup.StoredBytes)} stored in {Figures.Count(backup.StoredObjects, "object")}");
            if (backup.Traffic is { } traffic)
            {
                text.WriteLine($"  {Figures.Count(traffic.Puts, "put")}, {Figures.Count(traffic.Gets, "get")}, {Figures.Count(traffic.Lists, "list")}, {Figures.Count(traffic.Deletes, "delete")}{(traffic.Retries == 0 ? string.Empty : $", of which {Figures.Count(traffic.Retries, "retry", "retries")}")}: {Figures.Bytes(traffic.BytesUp)} up, {Figures.Bytes(traffic.BytesDown)} down");
            }

            foreach (var table in backup.Facts.Tables)
            {
                text.WriteLine($"  {table.Table}: {Figures.Count(table.Rows, "row")}");
            }

            foreach (var other in several.Repositories.Where(_ => several.Repositories.Count > 1))
            {
                text.WriteLine("  " + (other.Error is not null ? output.Palette.Paint($"not in {other.Repository.Location}", Tone.Bad)
                    : other.WasTakenHere ? $"in {other.Repository.Location}"
                    : $"copied to {other.Repository.Location}: {Figures.Bytes(other.Copy!.StoredBytes)} in {Figures.Count(other.Copy.CopiedPacks, "pack")}, read back"));
            }

            foreach (var line in result.Notes.SelectMany(note => TextWrap.Lines("note: " + note, 98)))
            {
                text.WriteLine("  " + line);
            }
        });
        foreach (var sign in backup.Unusual ?? [])
        {
            output.Warn($"Unusual: {sign}");
        }

        if (backup.Unusual is not null)
        {
            output.Warn($"This may be ransomware, or a mistake: look at {backup.Source} before older backups expire, and pin the last good one (drtools pin).");
        }

        IssueLines.Warn(output, result.Issues, backup.IssueCount, backup.IsPartial ? $"The backup of {backup.Source} is partial." : null);
    }
}
