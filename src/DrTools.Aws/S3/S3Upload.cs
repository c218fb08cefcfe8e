using Amazon.S3.Model;

namespace DrTools.Aws.S3;

/// <summary>The multipart upload of a large object: parts go in parallel, and it appears when it is completed.</summary>
internal sealed class S3Upload : IAsyncDisposable
{
    private readonly S3Session _session;
    private readonly string _name;
    private readonly string _writer;
    private readonly string _id;
    private readonly List<Task<PartETag>> _parts = [];
    private readonly CancellationTokenSource _stop = new();
    private bool _ended;

    private S3Upload(S3Session session, string name, string writer, string id) => (_session, _name, _writer, _id) = (session, name, writer, id);

    public static async Task<S3Upload> BeginAsync(S3Session session, string name, CancellationToken cancellationToken)
    {
        var writer = Guid.NewGuid().ToString("n");
        return new S3Upload(session, name, writer, await session.BeginUploadAsync(name, writer, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Sends the next part in the background, as soon as not too many are on their way.</summary>
    /// <param name="content">Its content, which is disposed of when it has arrived.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="DrException">An earlier part could not be sent.</exception>
    public async Task SendAsync(BlockContent content, CancellationToken cancellationToken)
    {
        try
        {
            await _session.Slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            content.Dispose();
            throw;
        }

        _parts.Add(SendAsync(content, _parts.Count + 1));
        foreach (var part in _parts)
        {
            if (part.IsFaulted)
            {
                await part.ConfigureAwait(false);
            }
        }
    }

    /// <summary>Makes the object appear.</summary>
    /// <returns><see langword="false"/> when its name is taken.</returns>
    public async Task<bool> TryCompleteAsync(CancellationToken cancellationToken)
    {
        var tags = await Task.WhenAll(_parts).WaitAsync(cancellationToken).ConfigureAwait(false);

        // Of other servers some create large objects conditionally, some take no notice of the condition.
        if (!_session.IsAmazon && _session.MayRead && await _session.FindAsync(_name, cancellationToken).ConfigureAwait(false) is not null)
        {
            return false;
        }

        var request = new CompleteMultipartUploadRequest
        {
            BucketName = _session.Bucket,
            Key = _session.KeyOf(_name),
            UploadId = _id,
            PartETags = [.. tags],
            IfNoneMatch = "*",
        };
        var outcome = await _session.Retry.RunAsync(
            S3Call.Writing(_name),
            clock => _session.Client.CompleteMultipartUploadAsync(request, clock.Token),
            isLastWord: true,
            cancellationToken).ConfigureAwait(false);
        _ended = outcome.Answer switch
        {
            null => true,

            // Completed by an attempt whose answer was lost, or by somebody else.
            S3Cause.Taken or S3Cause.NoUpload or S3Cause.Missing => outcome.Attempts > 1 && await _session.IsByAsync(_name, _writer, cancellationToken).ConfigureAwait(false),
            _ => throw _session.Unexpected(S3Call.Writing(_name), outcome.Answer),
        };
        return _ended || (outcome.Answer == S3Cause.Taken ? false : throw Vanished());
    }

    /// <summary>Gives the upload up, unless it was completed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (var part in _parts)
        {
            await ((Task)part).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _stop.Dispose();
        if (_ended)
        {
            return;
        }

        _ended = true;
        var request = new AbortMultipartUploadRequest { BucketName = _session.Bucket, Key = _session.KeyOf(_name), UploadId = _id };
        try
        {
            await _session.Retry.RunAsync(
                S3Call.GivingUp(_name), clock => _session.Client.AbortMultipartUploadAsync(request, clock.Token), isLastWord: false, CancellationToken.None).ConfigureAwait(false);
        }
        catch (DrException)
        {
            // It is invisible, and RemoveAbandonedAsync removes it; the failure that led here is the one to tell.
        }
    }

    private async Task<PartETag> SendAsync(BlockContent content, int number)
    {
        try
        {
            var outcome = await _session.Retry.RunAsync(
                S3Call.Writing(_name), clock => SendAsync(content, number, clock), isLastWord: false, _stop.Token).ConfigureAwait(false);
            return outcome.Value is { } sent
                ? new PartETag(number, sent.ETag)
                : throw (outcome.Answer is S3Cause.NoUpload or S3Cause.Missing ? Vanished() : _session.Unexpected(S3Call.Writing(_name), outcome.Answer));
        }
        finally
        {
            content.Dispose();
            _session.Slots.Release();
        }
    }

    private async Task<UploadPartResponse> SendAsync(BlockContent content, int number, StallClock clock)
    {
        using var stream = content.Read(clock.Progress);
        var request = new UploadPartRequest
        {
            BucketName = _session.Bucket,
            Key = _session.KeyOf(_name),
            UploadId = _id,
            PartNumber = number,
            PartSize = content.Length,
            InputStream = stream,
            UseChunkEncoding = false,
        };
        try
        {
            return await _session.Client.UploadPartAsync(request, clock.Token).ConfigureAwait(false);
        }
        finally
        {
            _session.Traffic.Sent(stream.Position);
        }
    }

    private DrException Vanished() => new(
        DrError.StoreFailure,
        $"The upload of {_name} to the bucket {_session.Bucket} was given up by somebody else.",
        "See whether a lifecycle rule of the bucket aborts uploads after a very short time, or another program does; run it again.")
    { Subject = _name };
}
