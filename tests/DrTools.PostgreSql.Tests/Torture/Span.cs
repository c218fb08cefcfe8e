using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Tests.Torture;

/// <summary>Between what something happened: it had not when it was begun, and it had when that was confirmed. Both by the
/// clock and by the log.</summary>
internal readonly record struct Span(DateTimeOffset Begun, DateTimeOffset Confirmed, Lsn BegunAt, Lsn ConfirmedAt);
