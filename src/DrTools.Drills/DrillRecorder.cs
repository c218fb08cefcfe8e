using System.Data.Common;

namespace DrTools.Drills;

/// <summary>Runs steps, one after the other, and keeps when each happened, what was checked in it and what was wrong.</summary>
internal sealed class DrillRecorder(TimeProvider time, IProgress<DrillProgress>? progress, CancellationToken cancellationToken)
{
    private readonly List<DrillPhase> _phases = [];
    private readonly List<DrillCheck> _checks = [];
    private readonly List<DrillFinding> _findings = [];

    public IReadOnlyList<DrillPhase> Phases => _phases;

    public IReadOnlyList<DrillCheck> Checks => _checks;

    public IReadOnlyList<DrillFinding> Findings => _findings;

    /// <summary>Runs a step. Its failure is a finding and a check that has not passed, not an exception.</summary>
    /// <param name="step">The step.</param>
    /// <param name="source">The source that it is about, if it is about one.</param>
    /// <param name="by">Who or what does it.</param>
    /// <param name="kind">What has not passed if it fails.</param>
    /// <param name="work">What is done; its result says it in figures.</param>
    /// <returns>Whether it was done.</returns>
    public async Task<bool> TryAsync(DrillStep step, string? source, string by, DrillCheckKind kind, Func<Task<string>> work)
    {
        cancellationToken.ThrowIfCancellationRequested();
        progress?.Report(new DrillProgress(step, source, null, []));
        var (started, start, before) = (time.GetUtcNow(), time.GetTimestamp(), _checks.Count);
        var done = true;
        string detail;
        try
        {
            detail = await work().ConfigureAwait(false);
        }
        catch (DrException e)
        {
            done = false;
            detail = "failed: " + e.Message;
            _findings.Add(new DrillFinding(source, e.Message, e.Remedy) { ErrorId = e.Error.ToString(), Check = step.Title() });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DbException)
        {
            done = false;
            detail = "failed: " + e.Message;
            _findings.Add(new DrillFinding(source, e.Message, $"It happened in the step \"{step.Title()}\": see what the message names.") { Check = step.Title() });
        }

        var phase = new DrillPhase { Step = step, Source = source, Started = started, Duration = time.GetElapsedTime(start), By = by, Detail = detail };
        _phases.Add(phase);
        if (!done)
        {
            _checks.Add(new DrillCheck { Kind = kind, Source = source, Name = step.Title(), Outcome = DrillOutcome.Failed, Detail = detail["failed: ".Length..], Duration = phase.Duration });
        }

        progress?.Report(new DrillProgress(step, source, phase, [.. _checks.Skip(before).Where(c => c.IsInTheWay)]));
        return done;
    }

    /// <summary>Keeps the outcome of a check.</summary>
    public void Check(DrillCheckKind kind, string? source, string name, bool passed, string detail, TimeSpan duration = default) =>
        _checks.Add(new DrillCheck { Kind = kind, Source = source, Name = name, Outcome = passed ? DrillOutcome.Passed : DrillOutcome.Failed, Detail = detail, Duration = duration });

    /// <summary>Keeps that a check could not run.</summary>
    public void NotRun(DrillCheckKind kind, string? source, string name, string why, bool optional = false) =>
        _checks.Add(new DrillCheck { Kind = kind, Source = source, Name = name, Outcome = DrillOutcome.NotRun, Detail = why, IsOptional = optional });

    /// <summary>Keeps what was wrong, or should be better.</summary>
    /// <param name="source">The source that it is about, if it is about one.</param>
    /// <param name="problem">What, as a sentence.</param>
    /// <param name="remedy">What to do, as a sentence.</param>
    /// <param name="error">The error behind it, if there is one.</param>
    /// <param name="check">Name of the check that has not passed because of it.</param>
    public void Find(string? source, string problem, string remedy, DrError? error = null, string? check = null) =>
        _findings.Add(new DrillFinding(source, problem, remedy) { ErrorId = error?.ToString(), Check = check });
}
