using DrTools.Drills;

namespace DrTools.Cli.Json;

/// <summary>What <c>drill run</c> and <c>drill list</c> print.</summary>
internal sealed record DrillsDocument(IReadOnlyList<DrillDocument> Drills);

/// <summary>A drill that was held.</summary>
internal sealed record DrillDocument(
    string Id,
    string Plan,
    string Service,
    string? Drill,
    string Scenario,
    string Level,
    bool Passed,
    DateTime StartedAt,
    DateTime FinishedAt,
    double Seconds,
    string User,
    string Host,
    string ToolVersion,
    IReadOnlyList<string> Participants,
    IReadOnlyList<string> SuccessCriteria,
    double RtoObjectiveSeconds,
    double RpoObjectiveSeconds,
    bool RandomBackup,
    bool LeastTested,
    int Seed,
    DateTime? EventAt,
    double? RtoSeconds,
    double? RpoSeconds,
    int PassedChecks,
    int FailedChecks,
    int NotRunChecks,
    IReadOnlyList<DrillBackupDocument> Backups,
    IReadOnlyList<DrillPhaseDocument> Phases,
    IReadOnlyList<DrillLossDocument> Losses,
    IReadOnlyList<DrillCheckDocument> Checks,
    IReadOnlyList<DrillFindingDocument> Findings,
    IReadOnlyList<DrillNoteDocument> Notes,
    string? Runbook,
    string? RunbookSha256,
    IReadOnlyList<string> Limits)
{
    public static DrillDocument Of(DrillResult r) => new(
        r.Id,
        r.Plan,
        r.Service,
        r.Drill,
        Scalars.Word(r.Scenario),
        Scalars.Word(r.Level),
        r.Passed,
        r.Started.UtcDateTime,
        r.Finished.UtcDateTime,
        Scalars.Seconds(r.Duration),
        r.User,
        r.Host,
        r.ToolVersion,
        r.Participants,
        r.SuccessCriteria,
        Scalars.Seconds(r.Objectives.Rto),
        Scalars.Seconds(r.Objectives.Rpo),
        r.RandomBackup,
        r.LeastTested,
        r.Seed,
        r.Event?.UtcDateTime,
        r.MeasuredRto is { } rto ? Scalars.Seconds(rto) : null,
        r.MeasuredRpo is { } rpo ? Scalars.Seconds(rpo) : null,
        r.PassedChecks,
        r.FailedChecks,
        r.NotRunChecks,
        [.. r.Backups.Select(DrillBackupDocument.Of)],
        [.. r.Phases.Select(p => new DrillPhaseDocument(Scalars.Word(p.Step), p.Name, p.Source, p.IsRecovery, p.Started.UtcDateTime, Scalars.Seconds(p.Duration), p.Expected is { } expected ? Scalars.Seconds(expected) : null, p.By, p.Detail))],
        [.. r.Losses.Select(DrillLossDocument.Of)],
        [.. r.Checks.Select(c => new DrillCheckDocument(Scalars.Word(c.Kind), c.Source, c.Name, Scalars.Word(c.Outcome), c.IsOptional, c.Detail, Scalars.Seconds(c.Duration)))],
        [.. r.Findings.Select(DrillFindingDocument.Of)],
        [.. r.Notes.Select(n => new DrillNoteDocument(n.Moment.UtcDateTime, n.Step, n.Who, Scalars.Word(n.Kind), n.Text))],
        r.Runbook,
        r.RunbookHash,
        r.Limits);
}

/// <summary>A backup that a drill was held with.</summary>
internal sealed record DrillBackupDocument(string Source, string Repository, string BackupId, DateTime TakenAt, bool Newest, int Kept, long Bytes, double? RestoreSeconds)
{
    public static DrillBackupDocument Of(DrillBackup b) =>
        new(b.Source, b.Repository, b.BackupId, b.Taken.UtcDateTime, b.IsNewest, b.Kept, b.Bytes, b.RestoreDuration is { } d ? Scalars.Seconds(d) : null);
}

/// <summary>A step as it went.</summary>
internal sealed record DrillPhaseDocument(string Step, string? Name, string? Source, bool Recovery, DateTime StartedAt, double Seconds, double? ExpectedSeconds, string By, string Detail);

/// <summary>What somebody said.</summary>
internal sealed record DrillNoteDocument(DateTime At, string Step, string? Who, string Kind, string Text);

/// <summary>What a source lost.</summary>
internal sealed record DrillLossDocument(
    string Source, string Items, int Written, int Lost, DateTime? LastKeptAt, DateTime? FirstLostAt, double MeasuredSeconds, double? ExposureSeconds, double? PlannedSeconds, string Protection)
{
    public static DrillLossDocument Of(DrillLoss l) => new(
        l.Source,
        l.Items,
        l.Written,
        l.Lost,
        l.LastKept?.UtcDateTime,
        l.FirstLost?.UtcDateTime,
        Scalars.Seconds(l.Measured),
        l.Exposure is { } exposure ? Scalars.Seconds(exposure) : null,
        l.Planned is { } planned ? Scalars.Seconds(planned) : null,
        l.Protection);
}

/// <summary>Something that had to hold.</summary>
internal sealed record DrillCheckDocument(string Kind, string? Source, string Name, string Outcome, bool Optional, string Detail, double Seconds);

/// <summary>Something that was wrong, or should be better.</summary>
internal sealed record DrillFindingDocument(string? Source, string Problem, string Remedy, string? ErrorId, string? Check)
{
    public static DrillFindingDocument Of(DrillFinding f) => new(f.Source, f.Problem, f.Remedy, f.ErrorId, f.Check);
}

/// <summary>What <c>drill run --dry-run</c> prints.</summary>
internal sealed record DrillCoursesDocument(IReadOnlyList<DrillCourseDocument> Courses);

/// <summary>What a drill would do.</summary>
internal sealed record DrillCourseDocument(
    string Service,
    string Scenario,
    string Level,
    double RtoObjectiveSeconds,
    double RpoObjectiveSeconds,
    int Seed,
    string WorkFolder,
    long NeededBytes,
    long FreeBytes,
    IReadOnlyList<DrillBackupDocument> Backups,
    IReadOnlyList<DrillCourseStepDocument> Steps,
    IReadOnlyList<DrillFindingDocument> Obstacles)
{
    public static DrillCourseDocument Of(DrillCourse c) => new(
        c.Service,
        Scalars.Word(c.Scenario),
        Scalars.Word(c.Level),
        Scalars.Seconds(c.Objectives.Rto),
        Scalars.Seconds(c.Objectives.Rpo),
        c.Seed,
        c.WorkFolder,
        c.NeededBytes,
        c.FreeBytes,
        [.. c.Backups.Select(DrillBackupDocument.Of)],
        [.. c.Steps.Select(s => new DrillCourseStepDocument(Scalars.Word(s.Step), s.Name, s.Source, s.By, s.Expected is { } expected ? Scalars.Seconds(expected) : null, s.What))],
        [.. c.Obstacles.Select(DrillFindingDocument.Of)]);
}

/// <summary>A step that has not been done.</summary>
internal sealed record DrillCourseStepDocument(string Step, string? Name, string? Source, string By, double? ExpectedSeconds, string What);
