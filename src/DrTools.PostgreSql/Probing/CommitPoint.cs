using System.Globalization;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Probing;

/// <summary>The commit of a transaction, as the log has it: the smallest step that a recovery can take.</summary>
/// <param name="Position">Where its record starts. A recovery to this position, inclusive, ends just behind it.</param>
/// <param name="Time">When it was committed, by the server's clock, UTC.</param>
/// <param name="Transaction">The transaction's id, without its epoch; 0 for one that had been prepared.</param>
public sealed record CommitPoint(Lsn Position, DateTimeOffset Time, uint Transaction)
{
    /// <summary>For people.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"transaction {Transaction} at {Time.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff} UTC ({Position})");
}
