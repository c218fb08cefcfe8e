namespace DrTools.Drills;

/// <summary>What the steps of a drill are called.</summary>
public static class DrillSteps
{
    /// <summary>A short title for people.</summary>
    public static string Title(this DrillStep step) => step switch
    {
        DrillStep.Prepare => "Prepare the stand-in",
        DrillStep.Protect => "Protect the stand-in",
        DrillStep.Event => "The event",
        DrillStep.Detect => "Detect",
        DrillStep.Decide => "Decide",
        DrillStep.Restore => "Fetch and restore",
        DrillStep.Replay => "Bring up to date",
        DrillStep.Check => "Check",
        DrillStep.Switch => "Switch over",
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, null),
    };
}
