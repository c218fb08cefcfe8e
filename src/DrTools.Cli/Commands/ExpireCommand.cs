using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Expiry;
using DrTools.Repositories;
using DrTools.Retention;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools expire</c>: removes the backups that no rule keeps.</summary>
internal sealed class ExpireCommand : RepositoryCommand
{
    private readonly Option<string[]> _keep = new("--keep")
    {
        Description = "What to keep: [full:|differential:|incremental:] and last=N, daily=N, weekly=N, monthly=N, yearly=N or within=DURATION, divided by commas; may be repeated. Example: daily=30,weekly=12,monthly=84",
        HelpName = "RULE",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _source = SourceOption.Create("Only backups of this source.");
    private readonly Option<string?> _logs = new("--log-window")
    {
        Description = $"How far back every moment is to stay restorable from logs ({RetentionDuration.Syntax}); older backups keep only the logs that make them consistent. Without it every moment since the oldest backup.",
        HelpName = "DURATION",
    };

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Print the table and remove nothing." };

    public ExpireCommand()
        : base("expire", "Remove the backups that no rule keeps.")
    {
        Options.Add(_keep);
        Options.Add(_source);
        Options.Add(_logs);
        Options.Add(_dryRun);
        TakeServices("Apply the retention of this service of the plan, in the repository that its backups are taken into, or in --repo.");
    }

    protected override string WhenInterrupted => "What was removed stays removed, and the rest is whole; run it again to finish.";

    protected override string? SourceName(CommandRun run) => run.GetSource(_source);

    protected override void Validate(CommandRun run)
    {
        var isGiven = run.Get(_keep)!.Length > 0;
        if (run.Selection is not null)
        {
            _ = isGiven || run.Get(_logs) is not null
                ? throw new DrException(DrError.BadUsage, "What is kept of a service is said by its plan.", "Leave out --keep and --log-window, or --service.")
                : run.Selection.Retentions();
            return;
        }

        if (!isGiven)
        {
            throw new DrException(DrError.BadUsage, "What is to be kept was not said.", "Give --keep, as in --keep daily=30,weekly=12,monthly=84; or --service NAME, whose plan says it.");
        }

        _ = RetentionPolicy.Parse(run.Get(_keep)!);
        _ = LogWindow(run);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        if (run.Selection is { } selection)
        {
            RemovalOutput.Print(run, await new ExpiryEngine(repository).RunAsync(selection.Retentions(), run.Get(_dryRun), run.Cancellation).ConfigureAwait(false));
            return ExitCode.Done;
        }

        var options = new ExpiryOptions
        {
            Policy = RetentionPolicy.Parse(run.Get(_keep)!),
            DryRun = run.Get(_dryRun),
            Source = run.GetSource(_source),
            LogWindow = LogWindow(run),
        };
        var result = await new ExpiryEngine(repository).RunAsync(options, run.Cancellation).ConfigureAwait(false);
        RemovalOutput.Print(run, result);
        return ExitCode.Done;
    }

    private TimeSpan? LogWindow(CommandRun run) => run.Get(_logs) is not { } given ? null
        : RetentionDuration.TryParse(given, out var window) ? window
        : throw new DrException(DrError.BadUsage, $"'{given}' is not {RetentionDuration.Syntax}.", "Write --log-window 7d, for example.");
}
