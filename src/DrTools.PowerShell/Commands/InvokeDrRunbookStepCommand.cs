using System.Management.Automation;
using DrTools.Drills;
using DrTools.Drills.Runbooks;
using DrTools.Plans;
using DrTools.PowerShell.Runbooks;

namespace DrTools.PowerShell.Commands;

/// <summary>Does a step of a runbook, and records it in the drill that the runbook is run for.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "DrRunbookStep", SupportsShouldProcess = true)]
[OutputType(typeof(DrillCourseStep))]
public sealed class InvokeDrRunbookStepCommand : CancellableCommand
{
    private const string Wrapper = """
        param($DrToolsStep)
        $ErrorActionPreference = 'Stop'
        $PSNativeCommandUseErrorActionPreference = $true
        & $DrToolsStep
        """;

    /// <summary>What it is called.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = string.Empty;

    /// <summary>What is done.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNull]
    public ScriptBlock? Action { get; set; }

    /// <summary>What must be true afterwards.</summary>
    [Parameter]
    [ValidateNotNull]
    public ScriptBlock? Check { get; set; }

    /// <summary>Who does it.</summary>
    [Parameter]
    public string? Role { get; set; }

    /// <summary>What of a recovery it is.</summary>
    [Parameter]
    public DrillStep Step { get; set; } = DrillStep.Restore;

    /// <summary>How long it should take.</summary>
    [Parameter]
    public string? Expected { get; set; }

    /// <summary>What people are told before it waits for them.</summary>
    [Parameter]
    public string? Prompt { get; set; }

    /// <summary>Waits for people.</summary>
    [Parameter]
    public SwitchParameter Pause { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var expected = ReadExpected();
        var by = string.IsNullOrWhiteSpace(Role) ? null : Role;
        if (!ShouldProcess(Name, "Do the step"))
        {
            if (IsWhatIf)
            {
                WriteObject(new DrillCourseStep(Step, null, by ?? "runbook", Prompt ?? Action?.ToString().Trim() ?? string.Empty) { Name = Name, Expected = expected });
            }

            return;
        }

        var session = RunbookSession.Current;
        var step = session?.Drill.BeginStep(Name, Step, by, expected);
        Tell($"[{Figures.TimeOfDay(DateTimeOffset.UtcNow)} UTC] {Name}{(by is null ? string.Empty : $" ({by})")}");
        ErrorRecord failure;
        try
        {
            var detail = Do(session, step);
            step?.Complete(detail, null);
            return;
        }
        catch (DrException e)
        {
            step?.Complete(null, new RunbookFailure(e.Message, e.Remedy, e.Error.ToString()));
            failure = FailureErrorRecord.Create(e, Name);
        }
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            step?.Complete(null, RunbookRunner.Failure(e));
            failure = e.ErrorRecord;
        }

        // A step that failed ends the runbook: what comes after it relies on it.
        ThrowTerminatingError(failure);
    }

    private string? Do(RunbookSession? session, RunbookStep? step)
    {
        if (Pause || !string.IsNullOrWhiteSpace(Prompt))
        {
            Ask(session, step);
        }

        var outputs = Action is null ? [] : InvokeCommand.InvokeScript(true, ScriptBlock.Create(Wrapper), null, Action);
        var problems = new List<string>();
        foreach (var output in outputs)
        {
            WriteObject(output);
            if (StepOutput.Judge(output, step) is { } problem)
            {
                problems.Add(problem);
            }
        }

        if (problems.Count == 0 && Check is not null)
        {
            problems.AddRange(Verify(step));
        }

        return problems.Count == 0
            ? outputs.Count == 0 ? null : Display.FirstOf(outputs.Where(o => o is not null).Select(o => o.ToString()), outputs.Count)
            : throw new DrException(DrError.StepFailed, $"The step '{Name}' has not achieved what it should: {string.Join("; ", problems)}", "See what it found, correct that, and run the runbook again.") { Subject = Name };
    }

    /// <summary>A check that returns nothing has checked nothing.</summary>
    private IEnumerable<string> Verify(RunbookStep? step)
    {
        var answers = InvokeCommand.InvokeScript(true, ScriptBlock.Create(Wrapper), null, Check);
        var text = Check!.ToString().Trim();
        var (outcome, detail) = answers.Count == 0 ? (DrillOutcome.NotRun, "it returned nothing")
            : answers.All(a => LanguagePrimitives.IsTrue(a)) ? (DrillOutcome.Passed, "true")
            : (DrillOutcome.Failed, $"it returned {string.Join(", ", answers.Select(a => a?.ToString() ?? "null"))}");
        step?.Check(DrillCheckKind.Consistency, null, text, outcome, detail);
        return outcome == DrillOutcome.Passed ? [] : [$"{text}: {detail}"];
    }

    private void Ask(RunbookSession? session, RunbookStep? step)
    {
        if (!string.IsNullOrWhiteSpace(Prompt))
        {
            Tell("  " + Prompt);
        }

        var room = new HostRoom(this);
        var talk = session is not null ? session.Talk : room.HasPeople ? new Talk(room, TimeProvider.System) : null;
        if (talk is null || talk.IsOver)
        {
            PassOver(step);
            return;
        }

        Tell("  " + Talk.Legend);
        var notes = talk.About(Name, StopToken);
        if (notes.Count == 0 && talk.IsOver)
        {
            PassOver(step);
            return;
        }

        foreach (var note in notes)
        {
            step?.Note(note);
        }

        if (notes.Where(n => n.Kind == DrillNoteKind.Problem).Select(n => n.Text).ToList() is { Count: > 0 } problems)
        {
            throw new DrException(DrError.StepFailed, $"The step '{Name}' was not done: {string.Join("; ", problems)}", "Solve that, and run the runbook again.") { Subject = Name };
        }
    }

    private void PassOver(RunbookStep? step)
    {
        step?.PassOverPause();
        Tell("  Nobody is there to wait for.");
    }

    private void Tell(string line) => new HostRoom(this).Show(line);

    private TimeSpan? ReadExpected()
    {
        if (string.IsNullOrWhiteSpace(Expected))
        {
            return null;
        }

        return PlanDuration.TryParse(Expected, out var duration, out _) || TimeSpan.TryParse(Expected, System.Globalization.CultureInfo.InvariantCulture, out duration)
            ? duration
            : throw new DrException(DrError.BadUsage, $"'{Expected}' is no duration.", $"Write {PlanDuration.Syntax}.");
    }
}
