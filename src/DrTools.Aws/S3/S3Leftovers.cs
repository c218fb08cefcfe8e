using Amazon.S3.Model;

namespace DrTools.Aws.S3;

/// <summary>Multipart uploads that nobody completed: no listing shows them, but their parts are stored and paid for.</summary>
internal sealed class S3Leftovers(S3Session session)
{
    /// <summary>Gives up uploads that were begun before a moment.</summary>
    /// <returns>How many.</returns>
    public async Task<int> RemoveAsync(DateTimeOffset begunBefore, CancellationToken cancellationToken)
    {
        var removed = 0;
        var request = new ListMultipartUploadsRequest { BucketName = session.Bucket, Prefix = session.Location.Prefix };
        while (true)
        {
            var outcome = await session.Retry.RunAsync(
                S3Call.ListingUploads(), clock => session.Client.ListMultipartUploadsAsync(request, clock.Token), isLastWord: false, cancellationToken).ConfigureAwait(false);
            var page = outcome.Value ?? throw session.Unexpected(S3Call.ListingUploads(), outcome.Answer);
            foreach (var upload in page.MultipartUploads ?? [])
            {
                if (upload.Initiated is not { } begun || begun.ToUniversalTime() > begunBefore.UtcDateTime)
                {
                    continue;
                }

                var abort = new AbortMultipartUploadRequest { BucketName = session.Bucket, Key = upload.Key, UploadId = upload.UploadId };
                var given = await session.Retry.RunAsync(
                    S3Call.GivingUp(upload.Key[session.Location.Prefix.Length..]), clock => session.Client.AbortMultipartUploadAsync(abort, clock.Token), isLastWord: false, cancellationToken).ConfigureAwait(false);
                removed += given.Value is null ? 0 : 1;
            }

            if (page.IsTruncated != true)
            {
                return removed;
            }

            (request.KeyMarker, request.UploadIdMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
        }
    }
}
