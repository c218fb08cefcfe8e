using System.Collections.Concurrent;

namespace DrTools.Aws.S3;

/// <summary>Blocks of memory of one length, used again and again: what is on its way to the server is copied into them.</summary>
internal sealed class BlockPool(int kept)
{
    public const int BlockLength = 1 << 20;

    private readonly ConcurrentBag<byte[]> _free = [];

    public byte[] Rent() => _free.TryTake(out var block) ? block : GC.AllocateUninitializedArray<byte>(BlockLength);

    public void Return(byte[] block)
    {
        if (_free.Count < kept)
        {
            _free.Add(block);
        }
    }
}
