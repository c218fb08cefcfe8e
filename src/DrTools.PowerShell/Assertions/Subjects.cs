using DrTools.Backup;
using DrTools.Drills;

namespace DrTools.PowerShell.Assertions;

/// <summary>What things are called in messages.</summary>
internal static class Subjects
{
    public static string Of(DrillResult drill) => $"the drill {drill.Scenario} of {drill.Service} ({drill.Id})";

    public static string Of(BackupInfo backup) => $"the backup {backup.Id} of {backup.Source}";

    public static string Of(object? thing) => thing is null ? "nothing" : $"a {thing.GetType().Name}";

    /// <summary>Why a drill has no figure: its first check that has not passed.</summary>
    public static string Problem(DrillResult drill) => drill switch
    {
        { Level: Plans.DrillLevel.Tabletop } => "it was only talked through",
        _ when drill.Checks.FirstOrDefault(c => c.IsInTheWay) is { } check => $"{check.Name}: {check.Detail.TrimEnd('.')}",
        _ => "nothing in it was measured",
    };

    public static string Remedy(DrillResult drill) =>
        drill.Level == Plans.DrillLevel.Tabletop ? "Hold a drill on real data: Invoke-DrDrill -Level Partial."
        : drill.Findings.Count > 0 ? drill.Findings[0].Remedy
        : "Look at Checks and Findings of the drill: Get-DrDrill.";

    /// <summary>How two durations compare: <c>4 min 03 s, 3 s more than the objective of 4m</c>.</summary>
    public static string Compared(TimeSpan measured, TimeSpan objective) =>
        $"{Figures.Duration(measured)}, {(measured > objective ? $"{Figures.Duration(measured - objective)} more than" : "within")} the objective of {Objective(objective)}";

    /// <summary>An objective, be it too short for a plan.</summary>
    public static string Objective(TimeSpan objective) => objective >= TimeSpan.FromSeconds(1) ? Plans.PlanDuration.Format(objective) : Figures.Duration(objective);
}
