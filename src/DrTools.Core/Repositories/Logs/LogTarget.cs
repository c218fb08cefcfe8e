using DrTools.Compression;

namespace DrTools.Repositories.Logs;

/// <summary>A log on its way into one of several repositories: its failure is kept until the others have it.</summary>
internal sealed class LogTarget(Repository repository, LogName name) : IAsyncDisposable
{
    private LogWriter? _writer;

    public LogPutResult Result { get; private set; } = new(repository.Location, LogPutOutcome.Failed, 0, null);

    private bool IsDone => Result.Error is not null;

    public async ValueTask BeginAsync(byte[] frame, CancellationToken cancellationToken)
    {
        try
        {
            _writer = await LogWriter.BeginAsync(repository, name, frame, cancellationToken).ConfigureAwait(false);
        }
        catch (DrException e)
        {
            Fail(e);
        }
    }

    public async ValueTask AppendAsync(ReadOnlyMemory<byte> compressed, int rawLength, CompressionCodec codec, CancellationToken cancellationToken)
    {
        if (IsDone)
        {
            return;
        }

        try
        {
            await _writer!.AppendAsync(compressed, rawLength, codec, cancellationToken).ConfigureAwait(false);
        }
        catch (DrException e)
        {
            Fail(e);
        }
    }

    public async ValueTask CommitAsync(LogContent content, CancellationToken cancellationToken)
    {
        if (IsDone)
        {
            return;
        }

        try
        {
            if (await _writer!.CommitAsync(cancellationToken).ConfigureAwait(false))
            {
                Result = new LogPutResult(repository.Location, LogPutOutcome.Stored, _writer.StoredLength, null);
                return;
            }

            Result = await IsSameAsync(content, cancellationToken).ConfigureAwait(false)
                ? new LogPutResult(repository.Location, LogPutOutcome.AlreadyThere, 0, null)
                : throw Conflict();
        }
        catch (DrException e)
        {
            Fail(e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_writer is not null)
        {
            await _writer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Fail(DrException error) => Result = new LogPutResult(repository.Location, LogPutOutcome.Failed, 0, error);

    private async ValueTask<bool> IsSameAsync(LogContent content, CancellationToken cancellationToken)
    {
        using var reader = new LogReader(repository, name);
        var own = GC.AllocateUninitializedArray<byte>(Packs.PackFormat.MaximumFrameContent);
        long offset = 0;
        while (true)
        {
            var piece = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (piece.IsEmpty)
            {
                return offset == content.Length;
            }

            if (offset + piece.Length > content.Length || content.Read(offset, own.AsSpan(0, piece.Length)) != piece.Length || !piece.Span.SequenceEqual(own.AsSpan(0, piece.Length)))
            {
                return false;
            }

            offset += piece.Length;
        }
    }

    private DrException Conflict() => new(
        DrError.LogConflict,
        $"The log {name.Name} is in {repository.Location} already, with other content; it stays as it is.",
        "Two servers write logs under the same names: find out which one should, and stop the other from archiving.")
    { Subject = name.ObjectName };
}
