using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Recovery;

/// <summary>What a segment holds from a position on: transactions that ended, by their clock.</summary>
/// <param name="Oldest">The earliest time at which one ended, UTC; <see langword="null"/> when none did.</param>
/// <param name="Newest">The latest.</param>
/// <param name="LastRecord">Where the last whole record in it starts.</param>
/// <param name="End">Where that record ends.</param>
/// <param name="Clock">The latest time in any record, checkpoints and restore points included, UTC.</param>
public readonly record struct CommitSpan(DateTimeOffset? Oldest, DateTimeOffset? Newest, Lsn LastRecord, Lsn End, DateTimeOffset? Clock = null);

/// <summary>Names a stretch of which times are wanted: a segment, from a position on.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="From">Records before it do not count; 0/0 for the whole segment.</param>
public readonly record struct CommitQuestion(WalSegment Segment, Lsn From);
