using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Amazon.S3.Model;
using DrTools.Stores;

namespace DrTools.Aws.S3;

/// <summary>A versioned bucket as it was at a moment: of every object the newest version of that time, whatever has been put
/// over it or hidden it since. What an attacker removed without a right to remove versions, or replaced, is there.</summary>
internal sealed class S3Past(S3Session session, DateTimeOffset moment)
{
    /// <summary>Versions by name; <see langword="null"/> for what was not there.</summary>
    private readonly ConcurrentDictionary<string, string?> _versions = new(StringComparer.Ordinal);

    /// <summary>The version of an object; <see langword="null"/> when it was not there.</summary>
    public async ValueTask<string?> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (!_versions.TryGetValue(name, out var version))
        {
            // A prefix may be that of longer names too, which come behind it.
            await foreach (var found in ListKeysAsync(name, cancellationToken).ConfigureAwait(false))
            {
                version = found.Name == name ? found.Version : null;
                break;
            }

            _versions[name] = version;
        }

        return version;
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var found in ListKeysAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            if (S3Listing.IsObject(found.Name))
            {
                _versions[found.Name] = found.Version;
                if (found.Version is not null)
                {
                    yield return new StoredObject(found.Name, found.Length, found.Created);
                }
            }
        }
    }

    /// <summary>One for every key: its newest version of the time, or none.</summary>
    private async IAsyncEnumerable<(string Name, string? Version, long Length, DateTimeOffset Created)> ListKeysAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (string Name, string? Version, long Length, DateTimeOffset Created)? current = null;
        var isSettled = false;
        await foreach (var version in ListVersionsAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            var name = version.Key[session.Location.Prefix.Length..];
            if (current is { } last && last.Name != name)
            {
                yield return last;
                current = null;
            }

            if (current is null)
            {
                current = (name, null, 0, default);
                isSettled = false;
            }

            // Versions of a key come newest first.
            var created = version.LastModified is { } at ? new DateTimeOffset(at.ToUniversalTime()) : default;
            if (!isSettled && created <= moment)
            {
                isSettled = true;
                current = version.IsDeleteMarker == true ? current : (name, version.VersionId, version.Size ?? 0, created);
            }
        }

        if (current is { } only)
        {
            yield return only;
        }
    }

    private async IAsyncEnumerable<S3ObjectVersion> ListVersionsAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var call = S3Call.Listing(prefix) with { Permission = "s3:ListBucketVersions" };
        var request = new ListVersionsRequest { BucketName = session.Bucket, Prefix = session.KeyOf(prefix), MaxKeys = session.Limits.ListPage };
        while (true)
        {
            var outcome = await session.Retry.RunAsync(
                call, clock => session.Client.ListVersionsAsync(request, clock.Token), isLastWord: false, cancellationToken).ConfigureAwait(false);
            var page = outcome.Value ?? throw session.Unexpected(call, outcome.Answer);
            foreach (var version in page.Versions ?? [])
            {
                yield return version;
            }

            if (page.IsTruncated != true)
            {
                yield break;
            }

            (request.KeyMarker, request.VersionIdMarker) = (page.NextKeyMarker, page.NextVersionIdMarker);
        }
    }
}
