using System.CommandLine;

namespace DrTools.Cli.CommandLine;

/// <summary>A command: its parameters, one call of the engine, and how the outcome is printed.</summary>
internal abstract class CliCommand : Command
{
    protected CliCommand(string name, string description)
        : base(name, description) => SetAction(ExecuteAsync);

    /// <summary>What state things are in when the command was interrupted.</summary>
    protected virtual string WhenInterrupted => "Nothing was changed.";

    /// <summary>Runs it.</summary>
    protected abstract Task<ExitCode> RunAsync(CommandRun run);

    private async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var run = new CommandRun(parsed, cancellationToken);
        ErrorReport report;
        try
        {
            return (int)await RunAsync(run).ConfigureAwait(false);
        }
        catch (DrException e)
        {
            report = ErrorReport.Of(e);
            run.Output.Trace(e);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            report = ErrorReport.Interrupted(WhenInterrupted);
        }
        catch (Exception e)
        {
            // The last frame before the runtime's own crash dump: the failure is reported as the fault that it is.
            report = ErrorReport.Fault(e);
            run.Output.Trace(e);
        }

        run.Output.Error(report);
        return (int)report.ExitCode;
    }
}
