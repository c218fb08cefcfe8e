using DrTools.Expiry;
using DrTools.Retention;

namespace DrTools.Cli.Json;

/// <summary>What <c>expire</c> and <c>remove</c> print.</summary>
internal sealed record ExpiryDocument
{
    public required bool DryRun { get; init; }

    public required IReadOnlyList<DecisionDocument> Backups { get; init; }

    public required int RemovedBackups { get; init; }

    public required int RemovedPacks { get; init; }

    public required long FreedBytes { get; init; }

    public required int DeferredPacks { get; init; }

    public required int LockedBackups { get; init; }

    public required int LockedObjects { get; init; }

    public required DateTime? LockedUntil { get; init; }

    public required int ExtendedLocks { get; init; }

    public required IReadOnlyList<LogSeriesDocument> Logs { get; init; }

    public required double Seconds { get; init; }

    public static ExpiryDocument Of(ExpiryResult result) => new()
    {
        DryRun = result.IsDryRun,
        Backups = [.. result.Plan.Decisions.Select(DecisionDocument.Of)],
        RemovedBackups = result.RemovedBackups,
        RemovedPacks = result.RemovedPacks,
        FreedBytes = result.FreedBytes,
        DeferredPacks = result.DeferredPacks,
        LockedBackups = result.LockedBackups,
        LockedObjects = result.LockedObjects,
        LockedUntil = result.LockedUntil?.UtcDateTime,
        ExtendedLocks = result.ExtendedLocks,
        Logs = [.. result.Logs.Select(l => new LogSeriesDocument(l.Series, l.Removed, l.FreedBytes, l.Kept, l.FirstRemoved, l.LastRemoved, l.Reasons))],
        Seconds = Scalars.Seconds(result.Duration),
    };
}

/// <summary>What becomes of the logs of one server.</summary>
internal sealed record LogSeriesDocument(
    string Series, int Removed, long FreedBytes, int Kept, string? FirstRemoved, string? LastRemoved, IReadOnlyList<string> Reasons);

/// <summary>What becomes of a backup.</summary>
internal sealed record DecisionDocument(
    string Id, string Source, string Type, DateTime StartedAt, bool Keep, IReadOnlyList<string> Reasons)
{
    public static DecisionDocument Of(RetentionDecision decision) => new(
        decision.Candidate.Id,
        decision.Candidate.Source,
        Scalars.Word(decision.Candidate.Type),
        decision.Candidate.Started.UtcDateTime,
        decision.Keep,
        decision.Reasons);
}
