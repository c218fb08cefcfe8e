using System.Globalization;
using DrTools.PostgreSql.Pages;
using DrTools.PostgreSql.Replication.Protocol;

namespace DrTools.PostgreSql.Replication.BaseBackups;

/// <summary>How a cluster is built, as far as a stream of its files depends on it.</summary>
/// <param name="HasChecksums">Whether pages bear checksums.</param>
/// <param name="LsnTellsChanges">Whether every change of a page shows in its LSN.</param>
/// <param name="SegmentPages">Pages per segment of a relation.</param>
/// <param name="WalSegmentSize">Bytes per WAL segment.</param>
/// <param name="DirectoryMode">Permission bits of the data directory.</param>
internal sealed record ClusterSettings(bool HasChecksums, bool LsnTellsChanges, uint SegmentPages, uint WalSegmentSize, uint DirectoryMode)
{
    /// <exception cref="DrException"><see cref="DrError.SourceFailure"/>: pages are of another size.</exception>
    public static ClusterSettings Read(ReplicationConnection connection)
    {
        var pageSize = int.Parse(connection.Show("block_size"), CultureInfo.InvariantCulture);
        if (pageSize != PageHeader.PageSize)
        {
            throw new DrException(
                DrError.SourceFailure,
                string.Create(CultureInfo.InvariantCulture, $"The cluster at {connection.Address} was built with pages of {pageSize} bytes."),
                string.Create(CultureInfo.InvariantCulture, $"Only pages of {PageHeader.PageSize} bytes, as all packages have them, can be backed up physically; take a logical backup."));
        }

        var checksums = connection.Show("data_checksums") == "on";
        return new ClusterSettings(
            checksums,
            checksums || connection.Show("wal_log_hints") == "on",
            checked((uint)(connection.ShowBytes("segment_size") / PageHeader.PageSize)),
            checked((uint)connection.ShowBytes("wal_segment_size")),
            Convert.ToUInt32(connection.Show("data_directory_mode"), 8));
    }
}
