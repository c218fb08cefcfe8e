using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;

namespace DrTools.Aws.S3;

/// <summary>Reads ranges of objects.</summary>
internal sealed class S3Reader(S3Session session, S3Past? past)
{
    /// <returns>Number of bytes read.</returns>
    /// <exception cref="DrException"><see cref="DrError.ObjectMissing"/>, or what the server says.</exception>
    public async Task<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        string? version = null;
        if (past is not null && (version = await past.FindAsync(name, cancellationToken).ConfigureAwait(false)) is null)
        {
            throw session.Errors.Missing(name);
        }

        if (buffer.Length == 0 && past is not null)
        {
            return 0;
        }

        if (buffer.Length == 0)
        {
            return await session.FindAsync(name, cancellationToken).ConfigureAwait(false) is null ? throw session.Errors.Missing(name) : 0;
        }

        byte[]? damaged = null;
        var outcome = await session.Retry.RunAsync(
            S3Call.Reading(name), clock => ReadAsync(name, version, offset, buffer, damage => IsNew(ref damaged, damage), clock), isLastWord: false, cancellationToken).ConfigureAwait(false);
        return outcome.Answer switch
        {
            null => outcome.Value!.Count,
            S3Cause.OutOfRange => 0,
            S3Cause.Missing => throw session.Errors.Missing(name),
            _ => throw session.Unexpected(S3Call.Reading(name), outcome.Answer),
        };
    }

    private async Task<Piece> ReadAsync(string name, string? version, long offset, Memory<byte> buffer, Func<byte[], bool> isNewDamage, StallClock clock)
    {
        var request = new GetObjectRequest { BucketName = session.Bucket, Key = session.KeyOf(name), VersionId = version, ByteRange = new ByteRange(offset, offset + buffer.Length - 1) };
        using var response = await session.Client.GetObjectAsync(request, clock.Token).ConfigureAwait(false);
        clock.Progress();
        var total = TotalOf(response, offset);
        var expected = (int)Math.Clamp(total - offset, 0, buffer.Length);
        var filled = 0;
        try
        {
            while (filled < expected)
            {
                var read = await response.ResponseStream.ReadAsync(buffer[filled..expected], clock.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    throw new S3DamagedException($"{filled} of {expected} bytes came.");
                }

                filled += read;
                clock.Progress();
            }
        }
        finally
        {
            session.Traffic.Received(filled);
        }

        if (offset == 0 && expected == total && HashOf(response) is { } promised)
        {
#pragma warning disable CA5351 // It finds accidents on the way, not attackers: against those the content is sealed.
            var hash = MD5.HashData(buffer.Span[..filled]);
#pragma warning restore CA5351
            if (!hash.AsSpan().SequenceEqual(promised) && isNewDamage(hash))
            {
                throw new S3DamagedException("The content is not what the server has a hash of.");
            }
        }

        return new Piece(filled);
    }

    /// <summary>The same damage twice is none of the way: some servers give tags that look like hashes and are none, and what
    /// is damaged in the store is for those to tell who know what was written.</summary>
    private static bool IsNew(ref byte[]? before, byte[] hash)
    {
        var isNew = before is null || !hash.AsSpan().SequenceEqual(before);
        before = hash;
        return isNew;
    }

    private static long TotalOf(GetObjectResponse response, long offset)
    {
        // "bytes 0-99/1000" (RFC 9110, 14.4)
        if (response.HttpStatusCode == HttpStatusCode.PartialContent && response.ContentRange is { } range)
        {
            var slash = range.IndexOf('/', StringComparison.Ordinal);
            var start = $"bytes {offset.ToString(CultureInfo.InvariantCulture)}-";
            if (slash > 0 && range.StartsWith(start, StringComparison.Ordinal) && long.TryParse(range.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var total))
            {
                return total;
            }
        }

        return response.HttpStatusCode == HttpStatusCode.OK && offset == 0
            ? response.ContentLength
            : throw new S3DamagedException("The answer is not about the range that was asked for.");
    }

    /// <summary>The entity tag of an object that was stored in one request, and not under a key of KMS, is its MD5 ("Object",
    /// Amazon S3 API Reference).</summary>
    private static byte[]? HashOf(GetObjectResponse response)
    {
        var tag = response.ETag?.Trim('"');
        var isPlain = response.ServerSideEncryptionMethod is null || response.ServerSideEncryptionMethod == ServerSideEncryptionMethod.None || response.ServerSideEncryptionMethod == ServerSideEncryptionMethod.AES256;
        return isPlain && tag is { Length: 32 } && tag.All(char.IsAsciiHexDigit) ? Convert.FromHexString(tag) : null;
    }

    private sealed record Piece(int Count);
}
