using System.CommandLine;
using DrTools.Cli.Output;
using DrTools.Plans;

namespace DrTools.Cli.CommandLine;

/// <summary>One run of a command: what was given, where to print, and when to stop.</summary>
internal sealed class CommandRun(ParseResult parsed, CancellationToken cancellation)
{
    public CommandOutput Output { get; } = new(
        parsed.GetValue(GlobalOptions.Json),
        parsed.GetValue(GlobalOptions.Quiet),
        parsed.GetValue(GlobalOptions.Verbose));

    /// <summary>What of a plan's service the command is about; <see langword="null"/> where no service was named.</summary>
    public PlannedSelection? Selection { get; set; }

    public CancellationToken Cancellation { get; } = cancellation;

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    public T? Get<T>(Argument<T> argument) => parsed.GetValue(argument);
}
