using DrTools.Plans;

namespace DrTools.Reports;

/// <summary>Which report is to be made: of a drill, or of a time.</summary>
public sealed record ReportRequest
{
    /// <summary>The plan.</summary>
    public required RecoveryPlan Plan { get; init; }

    /// <summary>Only these services; all when empty.</summary>
    public IReadOnlyList<string> Services { get; init; } = [];

    /// <summary>The drill: <c>latest</c>, an id, or the beginning or end of one.</summary>
    public string? Drill { get; init; }

    /// <summary>The time, where it is about no drill.</summary>
    public ReportPeriod? Period { get; init; }

    /// <summary>Who it is for; management for a month, operations for all else where it is not said.</summary>
    public ReportAudience? Audience { get; init; }
}
