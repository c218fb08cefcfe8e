using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Replication.Streaming;

/// <summary>Where received WAL goes for good: an archive that is written once.</summary>
public interface IWalSegmentSink
{
    /// <summary>The last complete segment that the archive holds of each timeline of a cluster, by timeline.</summary>
    /// <param name="systemIdentifier">The cluster, decimal.</param>
    /// <param name="cancellationToken">Stops it.</param>
    ValueTask<IReadOnlyDictionary<uint, string>> FindLastSegmentsAsync(string systemIdentifier, CancellationToken cancellationToken);

    /// <summary>Stores a file; it is durable when this returns. Storing the same content again changes nothing.</summary>
    /// <param name="systemIdentifier">The cluster, decimal.</param>
    /// <param name="name">A segment (<c>000000010000000000000003</c>), a timeline's history (<c>00000002.history</c>), or
    /// the good part of a segment that was not completed (<c>000000010000000000000003.0003F2A8.partial</c>: the number is
    /// how many of its bytes are good; the others are zero).</param>
    /// <param name="path">The file, which does not change meanwhile.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.LogConflict"/> when the archive holds something else under this
    /// name; it is not replaced.</exception>
    ValueTask StoreAsync(string systemIdentifier, string name, string path, CancellationToken cancellationToken);
}
