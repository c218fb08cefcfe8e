using Microsoft.Win32.SafeHandles;

namespace DrTools.Stores;

/// <summary>Writes an object of a <see cref="DirectoryStore"/> to a temporary file and publishes that.</summary>
internal sealed class DirectoryObjectWriter : ObjectWriter
{
    private readonly StoreFolder _folder;
    private readonly DirectoryFailure _failure;
    private readonly string _location;
    private readonly string _name;
    private readonly string _tempPath;
    private readonly SafeFileHandle _handle;
    private readonly ObjectFile _file;
    private long _length;
    private bool _closed;

    internal DirectoryObjectWriter(StoreFolder folder, DirectoryFailure failure, string location, string name, bool blocksCaller)
    {
        _folder = folder;
        _failure = failure;
        _location = location;
        _name = name;
        try
        {
            (_handle, _tempPath) = folder.CreateTemp();
            _file = new ObjectFile(_handle, blocksCaller);
        }
        catch (Exception e) when (DirectoryFailure.Covers(e))
        {
            throw failure.Writing(name, 0, 0, e);
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        RequireOpen();
        cancellationToken.ThrowIfCancellationRequested();
        Write(content.Span);
        return ValueTask.CompletedTask;
    }

    /// <remarks>A commit that has begun is not cancelled: afterwards nobody could tell whether the object exists.</remarks>
    public override async ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        RequireOpen();
        cancellationToken.ThrowIfCancellationRequested();
        if (!await Task.Run(TryCommit, CancellationToken.None).ConfigureAwait(false))
        {
            throw new DrException(
                DrError.ObjectExists,
                $"There is an object {_name} in {_location} already.",
                "Objects are never replaced: see whether another process writes to the same repository.")
            { Subject = _name };
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (!_closed)
        {
            // Freeing many pages takes a while too.
            await Task.Run(Abandon).ConfigureAwait(false);
        }
    }

    public override void Write(ReadOnlySpan<byte> content)
    {
        try
        {
            _file.Append(content);
        }
        catch (Exception e) when (DirectoryFailure.Covers(e))
        {
            // Worded while the temporary file still takes its space; then it must not keep a full disk full.
            var failure = _failure.Writing(_name, _file.Written, _length + content.Length - _file.Written, e);
            Abandon();
            throw failure;
        }

        _length += content.Length;
    }

    public override bool TryCommit()
    {
        try
        {
            _file.Complete();
            if (_folder.Publish(_tempPath, _name))
            {
                // Open until now, because that marks it as in use.
                _closed = true;
                _file.Dispose();
                _handle.Dispose();
                return true;
            }
        }
        catch (Exception e) when (DirectoryFailure.Covers(e))
        {
            var failure = _failure.Writing(_name, _file.Written, _length - _file.Written, e);
            Abandon();
            throw failure;
        }

        Abandon();
        return false;
    }

    public override void Abandon()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _file.Dispose();
        _handle.Dispose();
        try
        {
            _folder.RemoveTemp(_tempPath);
        }
        catch (Exception e) when (DirectoryFailure.Covers(e))
        {
            // It is invisible, and RemoveAbandonedAsync removes it; the failure that led here is the one to tell.
        }
    }

    private void RequireOpen()
    {
        if (_closed)
        {
            throw new InvalidOperationException($"The writer of {_name} has been committed or disposed, or has failed.");
        }
    }
}
