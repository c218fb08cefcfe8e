using System.Security.Cryptography;
using DrTools.Compression;
using DrTools.Content;

namespace DrTools.Repositories.Packs;

/// <summary>
/// Reads frames of packs, and remembers the last ones, because neighbouring entries share them. Belongs to one worker.
/// </summary>
/// <param name="repository">Where they are.</param>
/// <param name="cachedFrames">How many are remembered, of up to a mebibyte each.</param>
internal sealed class FrameReader(Repository repository, int cachedFrames = 3) : IDisposable
{
    private readonly FrameDecompressor _decompressor = new();
    private readonly Dictionary<Guid, AesGcm> _ciphers = [];
    private readonly CachedFrame[] _cache = [.. Enumerable.Range(0, cachedFrames).Select(_ => new CachedFrame())];
    private byte[] _stored = [];
    private long _clock;

    /// <summary>Bytes read from the store.</summary>
    public long BytesRead { get; private set; }

    /// <summary>The content of a frame; valid until the next call.</summary>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/> or <see cref="DrError.ObjectMissing"/>,
    /// naming the pack.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(PackInfo pack, FrameLocation frame, CancellationToken cancellationToken)
    {
        var oldest = _cache[0];
        foreach (var cached in _cache)
        {
            if (cached.Pack == pack.Id && cached.Offset == frame.Offset && cached.Length >= 0)
            {
                cached.Used = ++_clock;
                return cached.Content.AsMemory(0, cached.Length);
            }

            if (cached.Used < oldest.Used)
            {
                oldest = cached;
            }
        }

        if (frame.StoredLength is < PackFormat.FrameOverhead or > PackFormat.MaximumFrameLength)
        {
            throw Damaged(pack, frame.Offset, null);
        }

        if (_stored.Length < frame.StoredLength)
        {
            _stored = GC.AllocateUninitializedArray<byte>(PackFormat.MaximumFrameLength);
        }

        var stored = _stored.AsMemory(0, frame.StoredLength);
        oldest.Length = -1;
        for (var look = 1; oldest.Length < 0; look++)
        {
            var read = await repository.Store.ReadAsync(pack.ObjectName, frame.Offset, stored, cancellationToken).ConfigureAwait(false);
            BytesRead += read;
            if (read < stored.Length)
            {
                throw Damaged(pack, frame.Offset, null);
            }

            try
            {
                oldest.Length = Open(Cipher(pack), FrameRole.Content, frame.Offset, stored.Span, ref oldest.Content);
            }
            catch (InvalidDataException) when (look < repository.Looks)
            {
                repository.Store.Distrust(pack.ObjectName);
            }
            catch (InvalidDataException e)
            {
                throw Damaged(pack, frame.Offset, e);
            }
        }

        oldest.Pack = pack.Id;
        oldest.Offset = frame.Offset;
        oldest.Used = ++_clock;
        return oldest.Content.AsMemory(0, oldest.Length);
    }

    /// <summary>The bytes of an extent that is not a hole; valid until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(PackInfo pack, Extent extent, CancellationToken cancellationToken)
    {
        var content = await ReadAsync(pack, extent.Frame, cancellationToken).ConfigureAwait(false);
        return extent.OffsetInFrame >= 0 && extent.OffsetInFrame <= content.Length && extent.Length <= content.Length - extent.OffsetInFrame
            ? content.Slice(extent.OffsetInFrame, (int)extent.Length)
            : throw Damaged(pack, extent.Frame.Offset, null);
    }

    public void Dispose()
    {
        _decompressor.Dispose();
        foreach (var cipher in _ciphers.Values)
        {
            cipher.Dispose();
        }
    }

    /// <summary>Opens and unpacks a sealed frame into a buffer that grows as needed.</summary>
    internal int Open(AesGcm cipher, FrameRole role, long offset, Span<byte> stored, ref byte[] content)
    {
        var header = PackFormat.OpenInPlace(cipher, role, offset, stored);
        if (content.Length < header.RawLength)
        {
            content = GC.AllocateUninitializedArray<byte>(Math.Max(header.RawLength, PackFormat.MaximumFrameContent));
        }

        _decompressor.Decompress(
            header.Codec,
            stored.Slice(PackFormat.FrameHeaderLength, header.CompressedLength),
            content.AsSpan(0, header.RawLength));
        return header.RawLength;
    }

    /// <summary>Unpacks a frame that was opened in place.</summary>
    internal void Unpack(ReadOnlySpan<byte> opened, Span<byte> content) =>
        _decompressor.Decompress((CompressionCodec)opened[8], opened[PackFormat.FrameHeaderLength..^PackFormat.TagLength], content);

    internal AesGcm Cipher(PackInfo pack)
    {
        if (!_ciphers.TryGetValue(pack.Id, out var cipher))
        {
            if (_ciphers.Count >= 64)
            {
                foreach (var old in _ciphers.Values)
                {
                    old.Dispose();
                }

                _ciphers.Clear();
            }

            cipher = PackFormat.DeriveCipher(repository.Key, pack.Salt, pack.Id);
            _ciphers.Add(pack.Id, cipher);
        }

        return cipher;
    }

    private static DrException Damaged(PackInfo pack, long offset, Exception? cause) => new(
        DrError.IntegrityFailure,
        $"The frame at offset {offset} of {pack.ObjectName} is damaged.",
        "Run a content verification to see which entries and backups suffer; everything else can still be restored.",
        cause)
    { Subject = pack.ObjectName };

    private sealed class CachedFrame
    {
        public byte[] Content = [];
        public int Length = -1;
        public Guid Pack;
        public long Offset;
        public long Used;
    }
}
