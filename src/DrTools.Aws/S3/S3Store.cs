using System.Buffers;
using DrTools.Stores;

namespace DrTools.Aws.S3;

/// <summary>Objects in a bucket of Amazon S3, or of another server that speaks its protocol.</summary>
/// <remarks>
/// Creation is conditional (<c>If-None-Match: *</c>), so that of several writers of a name one wins; a large object appears
/// when its multipart upload is completed. Requests are repeated when they fail for a passing reason, and none waits for ever.
/// </remarks>
public sealed class S3Store : IObjectStore, ILockingStore, IArchivingStore
{
    private readonly S3Session _session;
    private readonly S3ReadAhead _reader;
    private readonly S3Locks _locks;
    private readonly S3Past? _past;
    private readonly RecentChanges _changes = new();
    private bool _disposed;

    private S3Store(S3Session session)
    {
        _session = session;
        _locks = new S3Locks(session);
        _past = session.Location.AsOf is { } moment ? new S3Past(session, moment) : null;
        _reader = new S3ReadAhead(new S3Reader(session, _past), session.Limits);
    }

    /// <inheritdoc/>
    public string Location => _session.Location.Text;

    /// <inheritdoc/>
    public bool IsRemote => true;

    /// <inheritdoc/>
    public StoreTraffic? Traffic => _session.Traffic.Now;

    /// <summary>Opens a store; no request is made yet.</summary>
    /// <param name="location"><c>s3://bucket/prefix?option=value&amp;…</c></param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the location makes no sense.</exception>
    public static S3Store Open(string location) => Open(location, S3Limits.Default);

    internal static S3Store Open(string location, S3Limits limits)
    {
        var parsed = S3Location.Parse(location);
        return new S3Store(new S3Session(parsed, limits.With(parsed)));
    }

    /// <inheritdoc/>
    public ValueTask<ObjectWriter> CreateAsync(string name, CancellationToken cancellationToken)
    {
        ObjectWriter? writer = null;
        Exception? failure = null;
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            writer = Create(name);
        }
        catch (Exception e) when (e is ArgumentException or OperationCanceledException)
        {
            failure = e;
        }

        return failure is null ? ValueTask.FromResult(writer!) : ValueTask.FromException<ObjectWriter>(failure);
    }

    /// <inheritdoc/>
    public ObjectWriter Create(string name)
    {
        ObjectName.Require(name);
        ObjectDisposedException.ThrowIf(_disposed, this);
        RequirePresent(name);
        return new S3ObjectWriter(_session, name, _changes.Created);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryPutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        ObjectName.Require(name);
        ObjectDisposedException.ThrowIf(_disposed, this);
        RequirePresent(name);
        if (!await _session.TryPutAsync(name, progress => new BlockStream([content], content.Length, progress), cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        _changes.Created(name, content.Length);
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ObjectName.Require(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await _reader.ReadAsync(name, offset, buffer, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Distrust(string name) => _reader.Forget(name);

    /// <inheritdoc/>
    public void ForgoReading() => _session.MayRead = false;

    /// <inheritdoc/>
    public int Read(string name, long offset, Span<byte> buffer)
    {
        var content = ArrayPool<byte>.Shared.Rent(buffer.Length);
        try
        {
            var read = ReadAsync(name, offset, content.AsMemory(0, buffer.Length), CancellationToken.None).AsTask().GetAwaiter().GetResult();
            content.AsSpan(0, read).CopyTo(buffer);
            return read;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(content);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Keys that cannot be names of objects are passed over.</remarks>
    public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        ObjectName.RequirePrefix(prefix);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _past is null ? new S3Listing(_session, _changes).ListAsync(prefix, cancellationToken) : _past.ListAsync(prefix, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        ObjectName.Require(name);
        ObjectDisposedException.ThrowIf(_disposed, this);
        RequirePresent(name);

        _reader.Forget(name);

        // S3 does not tell whether there was one.
        if (await _session.FindAsync(name, cancellationToken).ConfigureAwait(false) is not { } found)
        {
            return false;
        }

        if (_session.NewLocks is not null)
        {
            await _locks.DeleteAsync(name, found, cancellationToken).ConfigureAwait(false);
            _changes.Removed(name);
            return true;
        }

        // Where somebody else is faster the answer is the same.
        await _session.Retry.RunAsync(
            S3Call.Removing(name), clock => _session.Client.DeleteObjectAsync(_session.Bucket, _session.KeyOf(name), clock.Token), isLastWord: false, cancellationToken).ConfigureAwait(false);
        _changes.Removed(name);
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>These are multipart uploads that were begun long ago.</remarks>
    public async ValueTask<int> RemoveAbandonedAsync(TimeSpan olderThan, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(time);
        ObjectDisposedException.ThrowIf(_disposed, this);
        RequirePresent(string.Empty);
        return await new S3Leftovers(_session).RemoveAsync(time.GetUtcNow() - olderThan, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The past cannot be changed.</summary>
    private void RequirePresent(string name)
    {
        if (_past is not null)
        {
            throw new DrException(
                DrError.StoreReadOnly,
                $"{Location} is the bucket as it was: nothing can be written there.",
                "Leave out as-of to write; restore, verify and copy from it as it is.")
            { Subject = name.Length > 0 ? name : Location };
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ArchivedObject> ListArchivedAsync(string prefix, CancellationToken cancellationToken)
    {
        ObjectName.RequirePrefix(prefix);
        return new S3Archive(_session).ListAsync(prefix, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<ArchiveState> ReadArchiveStateAsync(string name, CancellationToken cancellationToken)
    {
        ObjectName.Require(name);
        return await new S3Archive(_session).ReadStateAsync(name, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask RequestThawAsync(string name, ThawTier tier, int days, CancellationToken cancellationToken)
    {
        ObjectName.Require(name);
        await new S3Archive(_session).RequestAsync(name, tier, days, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask RequireLockingAsync(CancellationToken cancellationToken) => await _locks.RequireAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public void LockNew(Stores.ObjectLockMode mode, TimeSpan period, Func<string, bool> covers) => _session.NewLocks = new S3NewLocks(mode, period, covers);

    /// <inheritdoc/>
    public async ValueTask<DateTimeOffset?> ReadLockAsync(string name, CancellationToken cancellationToken)
    {
        ObjectName.Require(name);
        return await _session.FindAsync(name, cancellationToken).ConfigureAwait(false) is { } found ? S3Locks.Of(found) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ExtendLockAsync(string name, DateTimeOffset until, CancellationToken cancellationToken)
    {
        ObjectName.Require(name);
        RequirePresent(name);
        return _session.NewLocks is null
            ? throw new InvalidOperationException("The mode of locks has not been said (LockNew).")
            : await _locks.ExtendAsync(name, until, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            _reader.Dispose();
            _session.Dispose();
        }

        return ValueTask.CompletedTask;
    }
}
