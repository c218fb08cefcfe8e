using System.Globalization;
using Npgsql;

namespace DrTools.PostgreSql.Physical;

/// <summary>
/// Finds databases that were created, or altered, since the parent was started. Their files may be copies of another
/// database's, pages with old LSNs under a path that the parent knows too (CREATE DATABASE … OID … STRATEGY file_copy).
/// </summary>
internal static class YoungDatabases
{
    /// <summary>Finds them.</summary>
    /// <param name="startXid">Transactions before this one had ended when the parent was started.</param>
    /// <param name="ask">Runs a query of one value.</param>
    /// <param name="askRows">Runs a query of several rows.</param>
    /// <exception cref="NpgsqlException">The server failed.</exception>
    public static HashSet<uint> Find(ulong startXid, Func<string, string> ask, Action<string, Action<NpgsqlDataReader>> askRows)
    {
        var next = ulong.Parse(ask("select pg_snapshot_xmax(pg_current_snapshot())::text"), CultureInfo.InvariantCulture);
        var young = new HashSet<uint>();
        askRows(
            "select oid, xmin from pg_database",
            row =>
            {
                // Rows bear the low half of a transaction's number. One that is older than it looks is taken for young,
                // which costs nothing but reading. Numbers below 3 are those of initdb.
                var low = row.GetFieldValue<uint>(1);
                var xid = (next & 0xFFFF_FFFF_0000_0000) | low;
                if (xid > next)
                {
                    xid -= 0x1_0000_0000;
                }

                if (low >= 3 && xid >= startXid)
                {
                    young.Add(row.GetFieldValue<uint>(0));
                }
            });
        return young;
    }
}
