using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using DrTools.Stores;

namespace DrTools.Aws.S3;

/// <summary>Object Lock ("Locking objects with Object Lock", Amazon S3 User Guide): locks belong to versions of objects, and
/// a bucket with Object Lock keeps every version. A removal that names none only hides; what is to be gone is removed by its
/// version.</summary>
internal sealed class S3Locks(S3Session session)
{
    /// <exception cref="DrException"><see cref="DrError.StoreFailure"/> when the bucket has no Object Lock.</exception>
    public async Task RequireAsync(CancellationToken cancellationToken)
    {
        var call = new S3Call(S3Request.Get, "Reading the Object Lock configuration", string.Empty, "s3:GetBucketObjectLockConfiguration");
        var request = new GetObjectLockConfigurationRequest { BucketName = session.Bucket };
        bool isEnabled;
        try
        {
            var outcome = await session.Retry.RunAsync(
                call, clock => session.Client.GetObjectLockConfigurationAsync(request, clock.Token), isLastWord: false, cancellationToken).ConfigureAwait(false);
            isEnabled = outcome.Value?.ObjectLockConfiguration?.ObjectLockEnabled == ObjectLockEnabled.Enabled;
        }
        catch (DrException e) when (e.InnerException is AmazonS3Exception { ErrorCode: "ObjectLockConfigurationNotFoundError" or "InvalidBucketState" })
        {
            isEnabled = false;
        }

        if (!isEnabled)
        {
            throw new DrException(
                DrError.StoreFailure,
                $"The bucket {session.Bucket} has no Object Lock.",
                $"Create one that has (aws s3api create-bucket --bucket NAME --object-lock-enabled-for-bucket), or turn it on (aws s3api put-object-lock-configuration; the bucket must be versioned).")
            { Subject = session.Location.Text };
        }
    }

    /// <summary>Until when an object, as it was found, is locked.</summary>
    public static DateTimeOffset? Of(GetObjectMetadataResponse found)
    {
        if (found.ObjectLockLegalHoldStatus == ObjectLockLegalHoldStatus.On)
        {
            return DateTimeOffset.MaxValue;
        }

        return found.ObjectLockMode is { Value.Length: > 0 } && found.ObjectLockRetainUntilDate is { } until ? new DateTimeOffset(until.ToUniversalTime()) : null;
    }

    /// <returns><see langword="false"/> when there is no such object.</returns>
    public async Task<bool> ExtendAsync(string name, DateTimeOffset until, CancellationToken cancellationToken)
    {
        if (await session.FindAsync(name, cancellationToken).ConfigureAwait(false) is not { } found)
        {
            return false;
        }

        if (Of(found) >= until)
        {
            return true;
        }

        var request = new PutObjectRetentionRequest
        {
            BucketName = session.Bucket,
            Key = session.KeyOf(name),
            VersionId = found.VersionId,
            Retention = new ObjectLockRetention { Mode = session.NewLocks!.RetentionMode, RetainUntilDate = until.UtcDateTime },
        };
        var call = new S3Call(S3Request.Put, $"Locking {name}", name, "s3:PutObjectRetention");
        var outcome = await session.Retry.RunAsync(
            call, clock => session.Client.PutObjectRetentionAsync(request, clock.Token), isLastWord: false, cancellationToken).ConfigureAwait(false);
        return outcome.Answer switch
        {
            null => true,
            S3Cause.Missing => false,
            _ => throw session.Unexpected(call, outcome.Answer),
        };
    }

    /// <summary>Removes the version of an object that was found, for good.</summary>
    /// <exception cref="DrException"><see cref="DrError.ObjectLocked"/>.</exception>
    public async Task DeleteAsync(string name, GetObjectMetadataResponse found, CancellationToken cancellationToken)
    {
        if (Of(found) is { } until && until > DateTimeOffset.UtcNow)
        {
            throw Locked(name, until);
        }

        var request = new DeleteObjectRequest { BucketName = session.Bucket, Key = session.KeyOf(name), VersionId = found.VersionId };
        var call = S3Call.Removing(name) with { Permission = "s3:DeleteObjectVersion" };
        try
        {
            await session.Retry.RunAsync(
                call, clock => session.Client.DeleteObjectAsync(request, clock.Token), isLastWord: false, cancellationToken).ConfigureAwait(false);
        }
        catch (DrException e) when (e.InnerException is AmazonS3Exception { StatusCode: HttpStatusCode.Forbidden })
        {
            // Clocks differ, or somebody has just extended it; everything else is a matter of permissions.
            var now = await session.FindAsync(name, cancellationToken).ConfigureAwait(false);
            if (now is not null && Of(now) is { } still && still > DateTimeOffset.UtcNow - TimeSpan.FromMinutes(20))
            {
                throw Locked(name, still);
            }

            throw;
        }
    }

    private DrException Locked(string name, DateTimeOffset until) => new(
        DrError.ObjectLocked,
        until == DateTimeOffset.MaxValue
            ? $"{name} in the bucket {session.Bucket} is under a legal hold."
            : $"{name} in the bucket {session.Bucket} is locked until {until.UtcDateTime:u}.",
        until == DateTimeOffset.MaxValue ? "Have the hold lifted by whoever placed it, if it is no longer needed." : "Wait until then.")
    { Subject = name };
}
