using System.CommandLine;
using DrTools.Backup;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Copies;
using DrTools.Repositories;
using DrTools.Retention;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools copy</c>: copies backups and their logs into another repository.</summary>
internal sealed class CopyCommand : RepositoryCommand
{
    private static readonly Dictionary<string, CopyPolicy> Policies = new(StringComparer.OrdinalIgnoreCase)
    {
        ["all"] = CopyPolicy.All,
        ["latest"] = CopyPolicy.Latest,
        ["latest-full"] = CopyPolicy.LatestFull,
    };

    private readonly Argument<string[]> _backups = new("backup")
    {
        Description = "Ids of backups, or the beginning or end of one; or 'all', or of each source the 'latest' or the 'latest-full'.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly TargetRepositoryOptions _target = new();
    private readonly Option<string?> _source = SourceOption.Create("Only backups of this source.");
    private readonly Option<string?> _newer = new("--newer-than") { Description = $"Only backups started at most so long ago ({RetentionDuration.Syntax}).", HelpName = "DURATION" };
    private readonly Option<CopyLogs?> _logs = ChoiceOption.Create<CopyLogs>("--logs", "Logs of database servers: what recovery from the copied backups can read (needed, if not given), all, or none.");
    private readonly Option<bool> _removed = new("--include-removed") { Description = "Also copy once more what the target's retention removed." };
    private readonly Option<int?> _parallel = NumberOption.Create("--parallel", "Packs and logs copied at once; one per processor, at most 8, if not given.", 1, 32);
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what would be copied, and how much that is; write nothing." };

    private Task<Repository>? _opening;

    public CopyCommand()
        : base("copy", "Copy backups and their logs into another repository.")
    {
        Arguments.Add(_backups);
        _target.AddTo(this);
        foreach (var option in new Option[] { _source, _newer, _logs, _removed, _parallel, _dryRun })
        {
            Options.Add(option);
        }
    }

    protected override string WhenInterrupted => "Backups that were copied are whole; what else was stored is reused by the next copy.";

    protected override void Validate(CommandRun run)
    {
        _ = Age(run);
        if (Policy(run) is not null && run.Get(_backups)!.Length > 1)
        {
            throw new DrException(DrError.BadUsage, $"'{run.Get(_backups)!.First(Policies.ContainsKey)}' stands for backups, and others are named beside it.", "Give either ids or one of all, latest and latest-full.");
        }
    }

    /// <summary>Meanwhile it opens the target: of each, a passphrase takes half a second of a processor. Not where either has to be
    /// asked for.</summary>
    protected override async Task<Repository> OpenAsync(CommandRun run, string location)
    {
        var secret = Secret(run);
        if (!secret.IsSaid || !_target.OpensUnasked(run, secret))
        {
            return await base.OpenAsync(run, location).ConfigureAwait(false);
        }

        _opening = Task.Run(() => _target.OpenAsync(run, secret));
        try
        {
            return await base.OpenAsync(run, location).ConfigureAwait(false);
        }
        catch
        {
            await ((Task)_opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_opening.IsCompletedSuccessfully)
            {
                await _opening.Result.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var target = await (_opening ?? _target.OpenAsync(run, Secret(run))).ConfigureAwait(false);
        await using (target.ConfigureAwait(false))
        {
            var options = new CopyOptions
            {
                Policy = Policy(run) ?? CopyPolicy.All,
                BackupIds = Policy(run) is null ? await FindAsync(run, repository).ConfigureAwait(false) : [],
                Source = run.GetSource(_source),
                NewerThan = Age(run),
                Logs = run.Get(_logs) ?? CopyLogs.Needed,
                IncludeRemoved = run.Get(_removed),
                DryRun = run.Get(_dryRun),
                Parallelism = run.Get(_parallel) ?? 0,
            };
            CopyResult result;
            using (var progress = run.Output.StartProgress($"copy to {target.Location}"))
            {
                result = await new CopyEngine(repository, target).RunAsync(
                    options, progress.Of<CopyProgress>(p => new ProgressState(p.Bytes, p.TotalBytes, p.CurrentObject)), run.Cancellation).ConfigureAwait(false);
            }

            Print(run.Output, result);
            return result.Errors.Aggregate(ExitCode.Done, (code, error) => ExitCodes.Worse(code, ExitCodes.Of(error.Error)));
        }
    }

    private CopyPolicy? Policy(CommandRun run)
    {
        foreach (var given in run.Get(_backups)!)
        {
            if (Policies.TryGetValue(given, out var policy))
            {
                return policy;
            }
        }

        return null;
    }

    private async Task<IReadOnlyList<string>> FindAsync(CommandRun run, Repository repository)
    {
        var catalog = new BackupCatalog(repository);
        var ids = new List<string>();
        foreach (var reference in run.Get(_backups)!)
        {
            ids.Add((await catalog.FindAsync(reference, run.GetSource(_source), run.Cancellation).ConfigureAwait(false)).Id);
        }

        return ids;
    }

    private TimeSpan? Age(CommandRun run) => run.Get(_newer) is not { } given ? null
        : RetentionDuration.TryParse(given, out var age) ? age
        : throw new DrException(DrError.BadUsage, $"'{given}' is not {RetentionDuration.Syntax}.", "Write --newer-than 30d, for example.");

    private static void Print(CommandOutput output, CopyResult result)
    {
        output.Result(CopyDocument.Of(result), CliJson.Documents.CopyDocument, _ => { });
        output.Text(important: result.IsDryRun || !result.Passed, text => CopyLines.Write(text, output.Palette, result));
        foreach (var error in result.Errors)
        {
            output.Error(ErrorReport.Of(error));
        }

        foreach (var note in result.Notes)
        {
            output.Warn(note);
        }
    }
}
