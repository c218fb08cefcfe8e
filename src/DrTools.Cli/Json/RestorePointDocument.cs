using System.Globalization;
using DrTools.PostgreSql.Probing;

namespace DrTools.Cli.Json;

/// <summary>What <c>find-point</c> prints.</summary>
internal sealed record RestorePointDocument(
    bool Found,
    string? BackupId,
    CommitDocument? LastGood,
    CommitDocument? FirstBad,
    string Target,
    string? TargetLsn,
    bool TargetInclusive,
    string Timeline,
    long Commits,
    IReadOnlyList<ProbeDocument> Probes,
    int Restores,
    int Segments,
    double Seconds)
{
    public static RestorePointDocument Of(RestorePointResult result) => new(
        result.Found,
        result.Backup?.Id,
        CommitDocument.Of(result.LastGood),
        CommitDocument.Of(result.FirstBad),
        result.Target.ToString(),
        result.Target.Lsn?.ToString(),
        result.Target.IsInclusive,
        result.Target.Timeline.ToString(),
        result.Commits,
        [.. result.Probes.Select(p => new ProbeDocument(CommitDocument.Of(p.Point), p.Held, p.Detail, Scalars.Seconds(p.Duration)))],
        result.Restores,
        result.Segments,
        Scalars.Seconds(result.Duration));
}

/// <summary>The commit of a transaction.</summary>
internal sealed record CommitDocument(string Lsn, DateTime CommittedAt, string TransactionId)
{
    public static CommitDocument? Of(CommitPoint? point) => point is null
        ? null
        : new CommitDocument(point.Position.ToString(), point.Time.UtcDateTime, point.Transaction.ToString(CultureInfo.InvariantCulture));
}

/// <summary>One look at the past.</summary>
internal sealed record ProbeDocument(CommitDocument? Point, bool Held, string Detail, double Seconds);
