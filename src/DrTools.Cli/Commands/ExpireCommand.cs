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
        Required = true,
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
    }

    protected override string WhenInterrupted => "What was removed stays removed, and the rest is whole; run it again to finish.";

    protected override void Validate(CommandRun run)
    {
        _ = RetentionPolicy.Parse(run.Get(_keep)!);
        _ = LogWindow(run);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
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
