namespace DrTools.Stores;

/// <summary>A store that may keep objects where they cannot be read at once (the archive classes of S3: Glacier Flexible
/// Retrieval, Deep Archive).</summary>
public interface IArchivingStore
{
    /// <summary>Lists the objects below a prefix that lie in an archive class, whether or not a copy that can be read has been
    /// made of them.</summary>
    IAsyncEnumerable<ArchivedObject> ListArchivedAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Whether an archived object can be read now.</summary>
    ValueTask<ArchiveState> ReadArchiveStateAsync(string name, CancellationToken cancellationToken);

    /// <summary>Asks for a copy that can be read. Asking again for one that is on its way changes nothing.</summary>
    /// <param name="name">The object.</param>
    /// <param name="tier">How fast.</param>
    /// <param name="days">How many days the copy is to stay.</param>
    /// <param name="cancellationToken">Stops it.</param>
    ValueTask RequestThawAsync(string name, ThawTier tier, int days, CancellationToken cancellationToken);
}

/// <summary>An object in an archive class.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Length">Its size, bytes.</param>
/// <param name="StorageClass">The class, as the store calls it (<c>GLACIER</c>, <c>DEEP_ARCHIVE</c>).</param>
public readonly record struct ArchivedObject(string Name, long Length, string StorageClass);

/// <summary>Whether an archived object can be read.</summary>
public enum ArchiveState
{
    /// <summary>Not before it is thawed.</summary>
    Archived,

    /// <summary>Not yet: a copy is being made.</summary>
    Thawing,

    /// <summary>Yes.</summary>
    Readable,
}

/// <summary>How fast an archived object is made readable, and at what price ("Understanding archive retrieval options", Amazon S3
/// User Guide).</summary>
public enum ThawTier
{
    /// <summary>The cheapest.</summary>
    Bulk,

    /// <summary>The usual one.</summary>
    Standard,

    /// <summary>The fastest; not for Deep Archive.</summary>
    Expedited,
}
