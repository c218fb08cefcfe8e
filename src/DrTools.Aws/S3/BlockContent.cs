namespace DrTools.Aws.S3;

/// <summary>Bytes in blocks of a pool, appended at one end. Not for several threads at a time.</summary>
internal sealed class BlockContent(BlockPool pool) : IDisposable
{
    private readonly List<byte[]> _blocks = [];

    public int Length { get; private set; }

    public void Append(ReadOnlySpan<byte> content)
    {
        while (!content.IsEmpty)
        {
            var used = Length % BlockPool.BlockLength;
            if (used == 0)
            {
                _blocks.Add(pool.Rent());
            }

            var count = Math.Min(content.Length, BlockPool.BlockLength - used);
            content[..count].CopyTo(_blocks[^1].AsSpan(used));
            Length += count;
            content = content[count..];
        }
    }

    /// <summary>Splits off what lies at the start: whole blocks.</summary>
    public BlockContent Take(int length)
    {
        var taken = new BlockContent(pool) { Length = Math.Min(length, Length) };
        var blocks = (taken.Length + BlockPool.BlockLength - 1) / BlockPool.BlockLength;
        taken._blocks.AddRange(_blocks[..blocks]);
        _blocks.RemoveRange(0, blocks);
        Length -= taken.Length;
        return taken;
    }

    public BlockStream Read(Action progress) => new(_blocks, Length, progress);

    public void Dispose()
    {
        foreach (var block in _blocks)
        {
            pool.Return(block);
        }

        _blocks.Clear();
        Length = 0;
    }
}
