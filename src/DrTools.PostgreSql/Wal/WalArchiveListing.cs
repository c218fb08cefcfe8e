using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Wal;

/// <summary>What archives hold of one cluster.</summary>
/// <param name="SystemIdentifier">The cluster.</param>
/// <param name="Inventory">What follows from the names; <see langword="null"/> when there is no segment.</param>
/// <param name="Files">Every file, with its size and when it was stored; of several repositories that which was first.</param>
public sealed record WalArchiveListing(ulong SystemIdentifier, WalInventory? Inventory, IReadOnlyList<WalArchiveFile> Files)
{
    /// <summary>Lists what archives hold of a cluster, and reads its timeline histories. What one of several repositories has
    /// is there.</summary>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/> for a damaged history, or what the stores say.</exception>
    public static async Task<WalArchiveListing> ReadAsync(IReadOnlyList<LogArchive> archives, ulong systemIdentifier, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(archives);
        var files = new SortedDictionary<string, WalArchiveFile>(StringComparer.Ordinal);
        var histories = new Dictionary<uint, TimelineHistory>();
        uint? segmentSize = null;
        foreach (var archive in archives)
        {
            await foreach (var log in archive.ListAsync(WalCluster.SeriesOf(systemIdentifier), cancellationToken).ConfigureAwait(false))
            {
                if (!WalFileName.TryParse(log.Name.Name, out var name) || (files.TryGetValue(name.Text, out var known) && known.Stored <= log.Stored))
                {
                    continue;
                }

                files[name.Text] = new WalArchiveFile(name, log.StoredLength, log.Stored);
                if (name.Kind == WalFileKind.TimelineHistory && !histories.ContainsKey(name.Timeline) && archive.TryReadAll(log.Name) is { } content)
                {
                    histories[name.Timeline] = TimelineHistory.Parse(name.Timeline, content);
                }

                segmentSize ??= name.Kind is WalFileKind.Segment ? SizeOf(archive, log.Name) : null;
            }
        }

        var inventory = segmentSize is { } size ? new WalInventory(size, files.Values.Select(f => f.Name), histories) : null;
        return new WalArchiveListing(systemIdentifier, inventory, [.. files.Values]);
    }

    /// <summary>The clusters of which an archive holds anything.</summary>
    public static async Task<IReadOnlyList<ulong>> ClustersAsync(LogArchive archive, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(archive);
        var clusters = new SortedSet<ulong>();
        await foreach (var log in archive.ListAsync(null, cancellationToken).ConfigureAwait(false))
        {
            if (WalCluster.IdentifierOf(log.Name.Series) is { } identifier)
            {
                clusters.Add(identifier);
            }
        }

        return [.. clusters];
    }

    /// <summary>What the first page of a segment says; <see langword="null"/> when it is gone or damaged, for another one will do.</summary>
    private static uint? SizeOf(LogArchive archive, LogName log)
    {
        try
        {
            uint? size = null;
            archive.TryRead(log, piece => size ??= WalSegmentHeader.TryRead(piece, out var header) is null ? header.SegmentSize : null);
            return size;
        }
        catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
        {
            return null;
        }
    }
}

/// <summary>A file in an archive.</summary>
/// <param name="Name">Its name.</param>
/// <param name="StoredLength">Its size there, bytes.</param>
/// <param name="Stored">When it was stored, by the store's clock, UTC: of a segment a little after its last record.</param>
public readonly record struct WalArchiveFile(WalFileName Name, long StoredLength, DateTimeOffset Stored);
