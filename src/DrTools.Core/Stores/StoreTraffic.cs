namespace DrTools.Stores;

/// <summary>Requests to a store, and what they carried: what it charges for, and what tells whether a backup was frugal.
/// Every attempt counts, those that were repeated too.</summary>
/// <param name="Puts">Requests that create: objects, and the beginnings, parts and ends of large ones.</param>
/// <param name="Gets">Requests that read: content, or what an object is.</param>
/// <param name="Lists">Pages of listings.</param>
/// <param name="Deletes">Requests that remove: objects, and large ones that were given up.</param>
/// <param name="Retries">How many of all these repeat one that failed.</param>
/// <param name="BytesUp">Content sent, bytes.</param>
/// <param name="BytesDown">Content received, bytes.</param>
public sealed record StoreTraffic(long Puts, long Gets, long Lists, long Deletes, long Retries, long BytesUp, long BytesDown)
{
    /// <summary>What has been added since an earlier reading.</summary>
    public StoreTraffic Since(StoreTraffic earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        return new(
            Puts - earlier.Puts,
            Gets - earlier.Gets,
            Lists - earlier.Lists,
            Deletes - earlier.Deletes,
            Retries - earlier.Retries,
            BytesUp - earlier.BytesUp,
            BytesDown - earlier.BytesDown);
    }
}
