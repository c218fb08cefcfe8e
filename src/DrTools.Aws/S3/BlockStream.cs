namespace DrTools.Aws.S3;

/// <summary>Reads memory in blocks, and tells of every step.</summary>
internal sealed class BlockStream(IReadOnlyList<ReadOnlyMemory<byte>> blocks, int length, Action progress) : Stream
{
    private int _position;

    public BlockStream(IReadOnlyList<byte[]> blocks, int length, Action progress)
        : this([.. blocks.Select(b => new ReadOnlyMemory<byte>(b))], length, progress)
    {
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => _position = checked((int)value);
    }

    public override int Read(Span<byte> buffer)
    {
        progress();
        var read = 0;
        while (!buffer.IsEmpty && _position < length)
        {
            // All blocks but the last are as long as the first.
            var (block, start) = Math.DivRem(_position, blocks[0].Length);
            var piece = blocks[block].Span[start..];
            var count = Math.Min(Math.Min(buffer.Length, piece.Length), length - _position);
            piece[..count].CopyTo(buffer);
            buffer = buffer[count..];
            _position += count;
            read += count;
        }

        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => cancellationToken.IsCancellationRequested
        ? ValueTask.FromCanceled<int>(cancellationToken)
        : ValueTask.FromResult(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
