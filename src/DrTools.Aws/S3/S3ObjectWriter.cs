using DrTools.Stores;

namespace DrTools.Aws.S3;

/// <summary>Writes an object of an <see cref="S3Store"/>: in one request what is small, in parts what is not.</summary>
internal sealed class S3ObjectWriter(S3Session session, string name, Action<string, long> created) : ObjectWriter
{
    private readonly BlockContent _content = new(session.Pool);
    private S3Upload? _upload;
    private long _length;
    private bool _closed;

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (!Append(content.Span, out var taken))
        {
            content = content[taken..];
            await SendAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        if (!await TryCommitAsync(cancellationToken).ConfigureAwait(false))
        {
            throw session.Errors.Exists(name);
        }
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> content)
    {
        while (!Append(content, out var taken))
        {
            content = content[taken..];
            SendAsync(CancellationToken.None).GetAwaiter().GetResult();
        }
    }

    /// <inheritdoc/>
    public override bool TryCommit() => TryCommitAsync(CancellationToken.None).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _content.Dispose();
        if (_upload is not null)
        {
            await _upload.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<bool> TryCommitAsync(CancellationToken cancellationToken)
    {
        RequireOpen();
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (_upload is null)
            {
                if (!await session.TryPutAsync(name, _content.Read, cancellationToken).ConfigureAwait(false))
                {
                    return false;
                }
            }
            else
            {
                if (_content.Length > 0)
                {
                    await _upload.SendAsync(_content.Take(_content.Length), cancellationToken).ConfigureAwait(false);
                }

                if (!await _upload.TryCompleteAsync(cancellationToken).ConfigureAwait(false))
                {
                    return false;
                }

                // Ceph forgets by then what the upload was begun with.
                if (!session.IsAmazon && session.NewLocks?.Until(name) is { } until)
                {
                    await new S3Locks(session).ExtendAsync(name, until, CancellationToken.None).ConfigureAwait(false);
                }
            }

            created(name, _length);
            return true;
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Takes as much as there is room for before something must be sent.</summary>
    /// <returns>Whether that was all.</returns>
    private bool Append(ReadOnlySpan<byte> content, out int taken)
    {
        RequireOpen();
        var room = (_upload is null ? session.Limits.HeldLengthOf(name) : session.Limits.PartLength + session.Limits.PartSlack) - _content.Length;
        taken = Math.Min(content.Length, room);
        _content.Append(content[..taken]);
        _length += taken;
        return taken == content.Length;
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        _upload ??= await S3Upload.BeginAsync(session, name, cancellationToken).ConfigureAwait(false);
        while (_content.Length >= session.Limits.PartLength)
        {
            await _upload.SendAsync(_content.Take(session.Limits.PartLength), cancellationToken).ConfigureAwait(false);
        }
    }

    private void RequireOpen()
    {
        if (_closed)
        {
            throw new InvalidOperationException($"The writer of {name} has been committed or disposed, or has failed.");
        }
    }
}
