using System.Data.Common;

namespace DrTools.Demo;

/// <summary>Runs the steps, one after the other, and keeps when each happened and what was checked in it.</summary>
internal sealed class StepRecorder(TimeProvider time, IProgress<DemoProgress>? progress, CancellationToken cancellationToken)
{
    private readonly List<DemoPhase> _phases = [];
    private readonly List<DemoCheck> _checks = [];
    private DemoStep _current;

    public IReadOnlyList<DemoPhase> Phases => _phases;

    public IReadOnlyList<DemoCheck> Checks => _checks;

    /// <summary>Runs a step without which there is nothing to show.</summary>
    /// <param name="step">The step.</param>
    /// <param name="work">What is done; its result says it in figures.</param>
    public async Task RunAsync(DemoStep step, Func<Task<string>> work)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _current = step;
        progress?.Report(new DemoProgress(step, null, []));
        var started = time.GetUtcNow();
        var start = time.GetTimestamp();
        var before = _checks.Count;
        var detail = await work().ConfigureAwait(false);
        var phase = new DemoPhase { Step = step, Started = started, Duration = time.GetElapsedTime(start), Detail = detail };
        _phases.Add(phase);
        progress?.Report(new DemoProgress(step, phase, [.. _checks.Skip(before).Where(c => !c.Passed)]));
    }

    /// <summary>Runs a step whose failure is a finding: it becomes a check that has not passed, and the demo goes
    /// on.</summary>
    public Task TryAsync(DemoStep step, Func<Task<string>> work) => RunAsync(step, async () =>
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (DrException e)
        {
            Check(step.Title(), false, $"{e.Error}: {e.Message} {e.Remedy}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DbException)
        {
            Check(step.Title(), false, e.Message);
        }

        return "failed";
    });

    /// <summary>Keeps the outcome of a check of the current step.</summary>
    public void Check(string name, bool passed, string detail) => _checks.Add(new DemoCheck(_current, name, passed, detail));
}
