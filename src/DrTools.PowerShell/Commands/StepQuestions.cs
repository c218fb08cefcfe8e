using System.Collections.Concurrent;
using System.Management.Automation;
using DrTools.Plans;

namespace DrTools.PowerShell.Commands;

/// <summary>Takes questions to people from the thread that works to the pipeline's, the only one that may ask.</summary>
internal sealed class StepQuestions(PSCmdlet command) : IDisposable
{
    private readonly ConcurrentQueue<(FailoverStep Step, TaskCompletionSource<bool> Answer)> _asked = new();

    /// <summary>Asks for a step to be carried out, and waits for whether it was.</summary>
    public Task<bool> AskAsync(FailoverStep step, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked.Enqueue((step, answer));
        return answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Puts what was asked to people; on the pipeline's thread.</summary>
    public void Answer()
    {
        while (_asked.TryDequeue(out var question))
        {
            var (step, answer) = question;
            try
            {
                answer.SetResult(command.ShouldContinue($"{step.Instructions ?? step.Name}{Environment.NewLine}Was it done?", $"{(step.Role is { } role ? $"For the {role}: " : string.Empty)}{step.Name}"));
            }
            catch (Exception e) when (e is not PipelineStoppedException)
            {
                // A host that cannot ask (-NonInteractive) says so by an exception: nobody did it.
                answer.SetException(new DrException(DrError.BadUsage, $"Nobody could be asked for \"{step.Name}\": {e.Message}", "Hold the drill in an interactive session, or give the step a command.", e));
            }
        }
    }

    public void Dispose()
    {
        foreach (var (_, answer) in _asked)
        {
            answer.TrySetCanceled();
        }
    }
}
