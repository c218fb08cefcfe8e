using DrTools.Demo;

namespace DrTools.Cli.Json;

/// <summary>What <c>demo</c> prints.</summary>
internal sealed record DemoDocument
{
    public required bool Passed { get; init; }

    public required double? RtoSeconds { get; init; }

    public required double RtoObjectiveSeconds { get; init; }

    public required double RpoSeconds { get; init; }

    public required double RpoObjectiveSeconds { get; init; }

    public required string Engine { get; init; }

    public required DateTime StartedAt { get; init; }

    public required DateTime LastGoodAt { get; init; }

    public required DateTime DisasterAt { get; init; }

    public required DateTime? RecoveredAt { get; init; }

    public required double Seconds { get; init; }

    public required string Report { get; init; }

    public required string WorkFolder { get; init; }

    public required bool Kept { get; init; }

    public required IReadOnlyList<DemoStepDocument> Steps { get; init; }

    public required DemoMistakeDocument? Mistake { get; init; }

    public required IReadOnlyList<DemoLossDocument> Losses { get; init; }

    public required IReadOnlyList<DemoCheckDocument> Checks { get; init; }

    public required IReadOnlyList<BackupDocument> Backups { get; init; }

    public static DemoDocument Of(DemoResult result) => new()
    {
        Passed = result.Passed,
        RtoSeconds = result.MeasuredRto is { } rto ? Scalars.Seconds(rto) : null,
        RtoObjectiveSeconds = Scalars.Seconds(result.Objectives.Rto),
        RpoSeconds = Scalars.Seconds(result.MeasuredRpo),
        RpoObjectiveSeconds = Scalars.Seconds(result.Objectives.Rpo),
        Engine = result.Environment.DatabaseEngine,
        StartedAt = result.Started.UtcDateTime,
        LastGoodAt = result.LastGood.UtcDateTime,
        DisasterAt = result.Disaster.UtcDateTime,
        RecoveredAt = result.Recovered?.UtcDateTime,
        Seconds = Scalars.Seconds(result.Finished - result.Started),
        Report = result.ReportPath,
        WorkFolder = result.WorkFolder,
        Kept = result.Kept,
        Steps = [.. result.Phases.Select(p => new DemoStepDocument(Scalars.Word(p.Step), p.Started.UtcDateTime, Scalars.Seconds(p.Duration), p.Detail))],
        Mistake = DemoMistakeDocument.Of(result.Mistake),
        Losses = [.. result.Losses.Select(DemoLossDocument.Of)],
        Checks = [.. result.Checks.Select(c => new DemoCheckDocument(Scalars.Word(c.Step), c.Name, c.Passed, c.Detail))],
        Backups = [.. result.Backups.Select(BackupDocument.Of)],
    };
}

/// <summary>A step of the demo.</summary>
internal sealed record DemoStepDocument(string Step, DateTime StartedAt, double Seconds, string Detail);

/// <summary>Something that had to hold.</summary>
internal sealed record DemoCheckDocument(string Step, string Name, bool Passed, string Detail);

/// <summary>What one source lost.</summary>
internal sealed record DemoLossDocument(
    string Source, string BackupId, string Items, int Written, int Lost, DateTime LastGoodAt, double Seconds, DateTime? FirstLostAt, DateTime? LastLostAt)
{
    public static DemoLossDocument Of(DemoLoss loss) => new(
        loss.Source,
        loss.BackupId,
        loss.Items,
        loss.Written,
        loss.Lost,
        loss.LastGood.UtcDateTime,
        Scalars.Seconds(loss.Span),
        loss.FirstLost?.UtcDateTime,
        loss.LastLost?.UtcDateTime);
}

/// <summary>The table that was dropped by mistake and brought back.</summary>
internal sealed record DemoMistakeDocument(
    string Table, DateTime DroppedAt, ulong Transaction, long Rows, string? Target, DateTime? LastGoodAt, long Commits, int Probes, DateTime? RestoredAt, long RestoredRows, double? MissingSeconds, int Refused)
{
    public static DemoMistakeDocument? Of(DemoMistake? mistake) => mistake is null ? null : new(
        mistake.Table,
        mistake.Happened.UtcDateTime,
        mistake.Transaction,
        mistake.Rows,
        mistake.Target,
        mistake.LastGood?.UtcDateTime,
        mistake.Commits,
        mistake.Probes,
        mistake.Restored?.UtcDateTime,
        mistake.RestoredRows,
        mistake.Missing is { } missing ? Scalars.Seconds(missing) : null,
        mistake.Refused);
}
