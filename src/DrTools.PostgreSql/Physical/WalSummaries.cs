using DrTools.PostgreSql.Wal;
using Npgsql;
using NpgsqlTypes;

namespace DrTools.PostgreSql.Physical;

/// <summary>A range of the log on one timeline.</summary>
internal readonly record struct WalSpan(uint Timeline, Lsn Start, Lsn End);

/// <summary>
/// What the server's WAL summaries say was changed since the parent backup was started.
/// </summary>
/// <remarks>
/// <para>Summaries name every block that a WAL record refers to, hint bits included where those are logged, and every
/// truncation and creation. They have to cover the whole range without a gap; the server makes them in the background,
/// up to the checkpoint that a backup starts with, and drops them after <c>wal_summary_keep_time</c>.</para>
/// <para><see href="https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-WAL-SUMMARY">PostgreSQL: WAL
/// Summarization Information Functions</see>.</para>
/// </remarks>
internal sealed class WalSummaries(ServerBackup server, TimeProvider time)
{
    private const uint MainFork = 0;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    /// <summary>Reads what was changed.</summary>
    /// <param name="spans">The range, timeline by timeline.</param>
    /// <param name="segmentPages">Pages per segment file.</param>
    /// <param name="timeout">How long to wait until the server has summarized the end of the range.</param>
    /// <param name="changes">The changed blocks.</param>
    /// <param name="why">Why there are none, as a sentence.</param>
    /// <exception cref="NpgsqlException">The server failed.</exception>
    public bool TryRead(IReadOnlyList<WalSpan> spans, uint segmentPages, TimeSpan timeout, out ChangedBlocks? changes, out string? why)
    {
        changes = null;
        var started = time.GetTimestamp();
        List<WalSpan> summaries;
        while (FindGap(spans, summaries = List()) is { } gap)
        {
            // Only the newest part can still come.
            if (gap.Timeline != spans[^1].Timeline || summaries.Any(s => s.Timeline == gap.Timeline && s.Start > gap.Start) || time.GetElapsedTime(started) > timeout)
            {
                why = $"The server has no WAL summary of {gap.Start} on timeline {gap.Timeline}; changed pages are found by reading them.";
                return false;
            }

            Thread.Sleep(BetweenLooks);
        }

        var found = new ChangedBlocks(segmentPages);
        foreach (var summary in summaries.Where(s => spans.Any(span => span.Timeline == s.Timeline && s.End > span.Start && s.Start < span.End)))
        {
            server.QueryRows(
                "select reltablespace, reldatabase, relfilenode, relblocknumber, is_limit_block from pg_wal_summary_contents($1, $2::pg_lsn, $3::pg_lsn) where relforknumber = $4",
                row =>
                {
                    var relation = new RelationId(row.GetFieldValue<uint>(0), row.GetFieldValue<uint>(1), row.GetFieldValue<uint>(2));
                    var block = (uint)row.GetInt64(3);
                    if (row.GetBoolean(4))
                    {
                        found.AddLimit(relation, block);
                    }
                    else
                    {
                        found.Add(relation, block);
                    }
                },
                (long)summary.Timeline,
                summary.Start.ToString(),
                summary.End.ToString(),
                (short)MainFork);
        }

        (changes, why) = (found, null);
        return true;
    }

    /// <summary>The first point of a range that no summary covers.</summary>
    internal static WalSpan? FindGap(IReadOnlyList<WalSpan> spans, IReadOnlyList<WalSpan> summaries)
    {
        foreach (var span in spans)
        {
            var covered = span.Start;
            foreach (var summary in summaries.Where(s => s.Timeline == span.Timeline).OrderBy(s => s.Start))
            {
                if (summary.Start <= covered && summary.End > covered)
                {
                    covered = summary.End;
                }
            }

            if (covered < span.End)
            {
                return span with { Start = covered };
            }
        }

        return null;
    }

    private List<WalSpan> List()
    {
        var summaries = new List<WalSpan>();
        server.QueryRows(
            "select tli, start_lsn, end_lsn from pg_available_wal_summaries()",
            row => summaries.Add(new WalSpan(
                (uint)row.GetInt64(0),
                new Lsn((ulong)row.GetFieldValue<NpgsqlLogSequenceNumber>(1)),
                new Lsn((ulong)row.GetFieldValue<NpgsqlLogSequenceNumber>(2)))));
        return summaries;
    }
}
