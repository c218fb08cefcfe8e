using System.Globalization;
using DrTools.PostgreSql.Recovery;

namespace DrTools.Cli.Json;

/// <summary>What <c>window</c> prints.</summary>
internal sealed record WindowsDocument(IReadOnlyList<WindowDocument> Windows);

/// <summary>Which moments of a cluster can be restored.</summary>
internal sealed record WindowDocument
{
    public required string Source { get; init; }

    public required string SystemIdentifier { get; init; }

    public required DateTime ComputedAt { get; init; }

    public required DateTime? OldestAt { get; init; }

    public required DateTime? NewestAt { get; init; }

    public required double? NewestAgeSeconds { get; init; }

    public required DateTime? LogArrivedAt { get; init; }

    public required double? LogAgeSeconds { get; init; }

    public required IReadOnlyList<SpanDocument> Spans { get; init; }

    public required IReadOnlyList<GapDocument> Gaps { get; init; }

    public required IReadOnlyList<TimelineDocument> Timelines { get; init; }

    public static WindowDocument Of(RecoveryWindow window) => new()
    {
        Source = window.Source,
        SystemIdentifier = window.SystemIdentifier.ToString(CultureInfo.InvariantCulture),
        ComputedAt = window.Computed.UtcDateTime,
        OldestAt = window.Oldest?.UtcDateTime,
        NewestAt = window.Newest?.UtcDateTime,
        NewestAgeSeconds = window.NewestAge is { } age ? Scalars.Seconds(age) : null,
        LogArrivedAt = window.LogArrived?.UtcDateTime,
        LogAgeSeconds = window.LogAge is { } logAge ? Scalars.Seconds(logAge) : null,
        Spans = [.. window.Spans.Select(s => new SpanDocument(s.Timeline, s.From.UtcDateTime, s.To.UtcDateTime, s.BackupIds, s.LastSegment))],
        Gaps = [.. window.Gaps.Select(g => new GapDocument(g.Timeline, g.Count, g.Segments, g.Last, g.Since?.UtcDateTime, g.Until?.UtcDateTime, g.BackupIds))],
        Timelines = [.. window.Timelines.Select(t => new TimelineDocument(t.Timeline, t.Parent, t.LeftAt?.ToString(), t.Reason, t.LastSegment, t.HasHistory))],
    };
}

/// <summary>A span of time that can be restored.</summary>
internal sealed record SpanDocument(uint Timeline, DateTime FromAt, DateTime ToAt, IReadOnlyList<string> BackupIds, string? LastSegment);

/// <summary>Where the log is torn.</summary>
internal sealed record GapDocument(uint Timeline, long Count, IReadOnlyList<string> Segments, string Last, DateTime? SinceAt, DateTime? UntilAt, IReadOnlyList<string> BackupIds);

/// <summary>A timeline of the log.</summary>
internal sealed record TimelineDocument(uint Timeline, uint? Parent, string? LeftAtLsn, string? Reason, string? LastSegment, bool HasHistory);
