using System.Runtime.CompilerServices;
using Amazon.S3.Model;
using DrTools.Stores;

namespace DrTools.Aws.S3;

/// <summary>Lists objects page by page, and sets right what a listing that lags says of this process's own changes.</summary>
internal sealed class S3Listing(S3Session session, RecentChanges changes)
{
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Changes are read before the listing: one that is made meanwhile may show or not.
        var pending = new Queue<(string Name, bool Exists, long Length)>(changes.Below(prefix));
        await foreach (var listed in ListPagesAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            while (pending.TryPeek(out var change) && string.CompareOrdinal(change.Name, listed.Name) < 0)
            {
                pending.Dequeue();
                if (change.Exists && await FindAsync(change.Name, cancellationToken).ConfigureAwait(false) is { } unlisted)
                {
                    yield return unlisted;
                }
            }

            if (pending.TryPeek(out var same) && same.Name == listed.Name)
            {
                pending.Dequeue();
                if (!same.Exists)
                {
                    if (await FindAsync(listed.Name, cancellationToken).ConfigureAwait(false) is { } createdAnew)
                    {
                        yield return createdAnew;
                    }

                    continue;
                }
            }

            yield return listed;
        }

        while (pending.TryDequeue(out var change))
        {
            if (change.Exists && await FindAsync(change.Name, cancellationToken).ConfigureAwait(false) is { } unlisted)
            {
                yield return unlisted;
            }
        }
    }

    private async Task<StoredObject?> FindAsync(string name, CancellationToken cancellationToken) =>
        await session.FindAsync(name, cancellationToken).ConfigureAwait(false) is { } found
            ? new StoredObject(name, found.ContentLength, Utc(found.LastModified))
            : null;

    private async IAsyncEnumerable<StoredObject> ListPagesAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = session.Bucket, Prefix = session.KeyOf(prefix), MaxKeys = session.Limits.ListPage };
        while (true)
        {
            var outcome = await session.Retry.RunAsync(
                S3Call.Listing(prefix), clock => session.Client.ListObjectsV2Async(request, clock.Token), isLastWord: false, cancellationToken).ConfigureAwait(false);
            var page = outcome.Value ?? throw session.Unexpected(S3Call.Listing(prefix), outcome.Answer);
            foreach (var listed in page.S3Objects ?? [])
            {
                var name = listed.Key[session.Location.Prefix.Length..];
                if (IsObject(name))
                {
                    yield return new StoredObject(name, listed.Size ?? 0, Utc(listed.LastModified));
                }
            }

            if (page.IsTruncated != true)
            {
                yield break;
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
    }

    /// <summary>Others may have put something there that no object of a store can be.</summary>
    internal static bool IsObject(string name)
    {
        foreach (var range in name.AsSpan().Split('/'))
        {
            if (!ObjectName.IsSegment(name.AsSpan(range)))
            {
                return false;
            }
        }

        return !name.StartsWith(ObjectName.Reserved + "/", StringComparison.OrdinalIgnoreCase) && !name.Equals(ObjectName.Reserved, StringComparison.OrdinalIgnoreCase);
    }

    private static DateTimeOffset Utc(DateTime? time) => time is { } given ? new DateTimeOffset(given.ToUniversalTime()) : default;
}
