using System.Globalization;
using DrTools.Plans;

namespace DrTools.Drills.Failover;

/// <summary>
/// Carries out the failover steps of a plan, one after the other, in production: nothing but what the plan says. A step that
/// was not done ends it, for those that follow rest on it.
/// </summary>
internal sealed class FailoverRun(DrillRequest request, PlannedService service, TimeProvider time, DrillRecorder recorder)
{
    /// <summary>Only what hangs takes longer: a command in production is not ended for being slow.</summary>
    private static readonly TimeSpan LeastLimit = TimeSpan.FromHours(1);

    private static readonly TimeSpan UsualCheck = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly List<FailoverStep> _done = [];

    private string Folder => Path.GetDirectoryName(Path.GetFullPath(request.Plan.File))!;

    /// <summary>Whether somebody has to do it.</summary>
    public static bool NeedsPerson(FailoverStep step) => step.Command is null;

    /// <summary>What would be done, as a sentence.</summary>
    public static string Describe(FailoverStep step)
    {
        var what = NeedsPerson(step) ? $"somebody has to do it and to say so{(step.Instructions is { } how ? $": {how.TrimEnd('.')}" : string.Empty)}" : $"run '{step.Command}'";
        return $"{step.Name}: {(step.Precondition is { } before ? $"if '{before}' succeeds, " : string.Empty)}{what}{(step.Check is { } check ? $"; then '{check}' must succeed" : string.Empty)}{(step.Expected is { } expected ? $"; {PlanDuration.Format(expected)} expected" : string.Empty)}.";
    }

    /// <summary>Carries them out.</summary>
    /// <param name="obstacle">Why production is not to be touched, if it is not.</param>
    /// <param name="cancellationToken">Ends the command that runs, and carries out no other.</param>
    public async Task RunAsync(string? obstacle, CancellationToken cancellationToken)
    {
        if (obstacle is null && request.Ask is null && service.Failover.FirstOrDefault(NeedsPerson) is { } personal)
        {
            // Half a failover would be worse than none.
            obstacle = $"the step \"{personal.Name}\" is for a person, and nobody was there to be asked, so that no step was carried out";
            recorder.Find(null, $"The failover was not carried out: {obstacle}.", "Hold the full drill at a terminal, with the people of the plan; or give the step a command.");
        }

        foreach (var (step, index) in service.Failover.Select((s, i) => (s, i)))
        {
            if (obstacle is not null)
            {
                recorder.NotRun(DrillCheckKind.Failover, null, step.Name, $"could not run: {obstacle}");
                continue;
            }

            var done = await recorder.TryAsync(DrillStep.Switch, null, step.Role ?? (NeedsPerson(step) ? "a person" : "DrTools"), DrillCheckKind.Failover, () => CarryOutAsync(step, cancellationToken), step.Name).ConfigureAwait(false);
            if (done)
            {
                _done.Add(step);
                continue;
            }

            obstacle = $"the step \"{step.Name}\" before it was not done";
            TellWhatIsLeft(service.Failover.Skip(index).ToList());
        }
    }

    private async Task<string> CarryOutAsync(FailoverStep step, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        if (step.Precondition is { } precondition && await RunAsync(precondition, LimitOf(step), cancellationToken).ConfigureAwait(false) is { Succeeded: false } refused)
        {
            throw new DrException(DrError.ServerFailure, $"\"{step.Name}\" was not carried out: its precondition '{precondition}' {refused}", "See why it does not hold. Nothing of this step was done.");
        }

        var how = NeedsPerson(step) ? await AskAsync(step, cancellationToken).ConfigureAwait(false) : await CommandAsync(step, cancellationToken).ConfigureAwait(false);
        if (step.Check is { } check)
        {
            how += $"; {await CheckAsync(step, check, cancellationToken).ConfigureAwait(false)}";
        }

        var took = time.GetElapsedTime(start);
        if (took > step.Expected)
        {
            recorder.Find(null, $"\"{step.Name}\" took {Figures.Duration(took)}; {PlanDuration.Format(step.Expected.Value)} are expected.", "Make it quicker, or correct the plan: forecasts rest on it.");
        }

        recorder.Check(DrillCheckKind.Failover, null, step.Name, true, how, took);
        return $"{step.Name}: {how}";
    }

    private async Task<string> CommandAsync(FailoverStep step, CancellationToken cancellationToken)
    {
        var result = await RunAsync(step.Command!, LimitOf(step), cancellationToken).ConfigureAwait(false);
        return result.Succeeded
            ? $"'{step.Command}' {result}"
            : throw new DrException(DrError.ServerFailure, $"\"{step.Name}\" was not done: '{step.Command}' {result}", "Run it by hand to see why; production is as that command left it.");
    }

    private async Task<string> AskAsync(FailoverStep step, CancellationToken cancellationToken) =>
        await request.Ask!(step, cancellationToken).ConfigureAwait(false)
            ? $"done, says {step.Role ?? "whoever was asked"}"
            : throw new DrException(DrError.ServerFailure, $"\"{step.Name}\" was not done, says {step.Role ?? "whoever was asked"}.", "Finish it by hand, or go back; then correct the plan where it was wrong.");

    /// <summary>Asks again until it holds, as a server that was promoted a moment ago takes some more.</summary>
    private async Task<string> CheckAsync(FailoverStep step, string check, CancellationToken cancellationToken)
    {
        var (start, within) = (time.GetTimestamp(), step.Expected ?? UsualCheck);
        for (var attempts = 1; ; attempts++)
        {
            var result = await RunAsync(check, LimitOf(step), cancellationToken).ConfigureAwait(false);
            var elapsed = time.GetElapsedTime(start);
            if (result.Succeeded)
            {
                return $"'{check}' held{(attempts == 1 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $" the {attempts}th time, after {Figures.Duration(elapsed)}"))}";
            }

            if (elapsed + Pause >= within)
            {
                throw new DrException(DrError.ServerFailure, $"\"{step.Name}\" was done, but its check '{check}' {result}; asked {Figures.Count(attempts, "time")} in {Figures.Duration(elapsed)}", "See why it does not hold: the step may have had no effect.");
            }

            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<StepCommandResult> RunAsync(string command, TimeSpan limit, CancellationToken cancellationToken) => StepCommand.RunAsync(command, Folder, limit, time, cancellationToken);

    private static TimeSpan LimitOf(FailoverStep step) => step.Expected is { } expected && 10 * expected > LeastLimit ? 10 * expected : LeastLimit;

    private void TellWhatIsLeft(List<FailoverStep> left) => recorder.Find(
        null,
        $"The failover stopped at \"{left[0].Name}\". Carried out: {(_done.Count == 0 ? "nothing" : string.Join(", ", _done.Select(s => s.Name)))}. Not carried out: {string.Join(", ", left.Skip(1).Select(s => s.Name).DefaultIfEmpty("nothing else"))}.",
        _done.Any(s => s.Undo is not null) ? $"Finish it by hand, or go back: {Undo(_done)}." : "Finish it by hand, or go back; the plan has no undo for what was carried out.");

    /// <summary>How to go back, the last step first.</summary>
    public static string Undo(IEnumerable<FailoverStep> done) => string.Join(", then ", done.Reverse().Where(s => s.Undo is not null).Select(s => $"'{s.Undo}' ({s.Name})"));
}
