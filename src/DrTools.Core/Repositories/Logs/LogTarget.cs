using DrTools.Compression;

namespace DrTools.Repositories.Logs;

/// <summary>A log on its way into one of several repositories: its failure is kept until the others have it.</summary>
internal sealed class LogTarget(Repository repository, LogName name) : IDisposable
{
    private LogWriter? _writer;

    public LogPutResult Result { get; private set; } = new(repository.Location, LogPutOutcome.Failed, 0, null);

    private bool IsDone => Result.Error is not null;

    public void Begin(byte[] frame)
    {
        try
        {
            _writer = LogWriter.Begin(repository, name, frame);
        }
        catch (DrException e)
        {
            Fail(e);
        }
    }

    public void Append(ReadOnlySpan<byte> compressed, int rawLength, CompressionCodec codec)
    {
        if (IsDone)
        {
            return;
        }

        try
        {
            _writer!.Append(compressed, rawLength, codec);
        }
        catch (DrException e)
        {
            Fail(e);
        }
    }

    public void Commit(LogContent content)
    {
        if (IsDone)
        {
            return;
        }

        try
        {
            if (_writer!.TryCommit())
            {
                Result = new LogPutResult(repository.Location, LogPutOutcome.Stored, _writer.StoredLength, null);
                return;
            }

            Result = IsSame(content)
                ? new LogPutResult(repository.Location, LogPutOutcome.AlreadyThere, 0, null)
                : throw Conflict();
        }
        catch (DrException e)
        {
            Fail(e);
        }
    }

    public void Dispose() => _writer?.Dispose();

    private void Fail(DrException error) => Result = new LogPutResult(repository.Location, LogPutOutcome.Failed, 0, error);

    private bool IsSame(LogContent content)
    {
        using var reader = new LogReader(repository, name);
        var own = GC.AllocateUninitializedArray<byte>(Packs.PackFormat.MaximumFrameContent);
        long offset = 0;
        while (true)
        {
            var piece = reader.Read();
            if (piece.IsEmpty)
            {
                return offset == content.Length;
            }

            if (offset + piece.Length > content.Length || content.Read(offset, own.AsSpan(0, piece.Length)) != piece.Length || !piece.SequenceEqual(own.AsSpan(0, piece.Length)))
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
