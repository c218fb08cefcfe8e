using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using DrTools.Stores;

namespace DrTools.Aws.S3;

/// <summary>Objects in archive classes ("Working with archived objects", Amazon S3 User Guide).</summary>
internal sealed class S3Archive(S3Session session)
{
    /// <summary>Glacier Instant Retrieval is none: it is read like any other.</summary>
    private static bool IsArchive(S3StorageClass? storageClass) => storageClass == S3StorageClass.Glacier || storageClass == S3StorageClass.DeepArchive;

    public async IAsyncEnumerable<ArchivedObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = session.Bucket, Prefix = session.KeyOf(prefix), MaxKeys = session.Limits.ListPage };
        while (true)
        {
            var outcome = await session.Retry.RunAsync(
                S3Call.Listing(prefix), clock => session.Client.ListObjectsV2Async(request, clock.Token), isLastWord: false, cancellationToken).ConfigureAwait(false);
            var page = outcome.Value ?? throw session.Unexpected(S3Call.Listing(prefix), outcome.Answer);
            foreach (var listed in page.S3Objects ?? [])
            {
                if (IsArchive(listed.StorageClass))
                {
                    yield return new ArchivedObject(listed.Key[session.Location.Prefix.Length..], listed.Size ?? 0, listed.StorageClass.Value);
                }
            }

            if (page.IsTruncated != true)
            {
                yield break;
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
    }

    public async Task<ArchiveState> ReadStateAsync(string name, CancellationToken cancellationToken)
    {
        var found = await session.FindAsync(name, cancellationToken).ConfigureAwait(false) ?? throw session.Errors.Missing(name);
        return !IsArchive(found.StorageClass) ? ArchiveState.Readable
            : found.RestoreInProgress == true ? ArchiveState.Thawing
            : found.RestoreExpiration is { } until && until.ToUniversalTime() > DateTime.UtcNow ? ArchiveState.Readable
            : ArchiveState.Archived;
    }

    public async Task RequestAsync(string name, ThawTier tier, int days, CancellationToken cancellationToken)
    {
        var request = new RestoreObjectRequest
        {
            BucketName = session.Bucket,
            Key = session.KeyOf(name),
            Days = days,
            RetrievalTier = tier switch { ThawTier.Bulk => GlacierJobTier.Bulk, ThawTier.Expedited => GlacierJobTier.Expedited, _ => GlacierJobTier.Standard },
        };
        var call = new S3Call(S3Request.Put, $"Asking for {name}", name, "s3:RestoreObject");
        try
        {
            await session.Retry.RunAsync(call, clock => session.Client.RestoreObjectAsync(request, clock.Token), isLastWord: false, cancellationToken).ConfigureAwait(false);
        }
        catch (DrException e) when (e.InnerException is AmazonS3Exception { ErrorCode: "RestoreAlreadyInProgress" })
        {
            // Somebody else has just asked.
        }
    }
}
