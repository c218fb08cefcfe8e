using System.Security.Cryptography;
using DrTools.Compression;
using DrTools.Content;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Packs;
using DrTools.Serialization;
using Xunit;

namespace DrTools.Tests.Repositories;

public sealed class PackTests : IDisposable
{
    private readonly RepositoryKey _key = new(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray());
    private readonly AesGcm _cipher;

    public PackTests() => _cipher = PackFormat.DeriveCipher(_key, new byte[32], Guid.Empty);

    public void Dispose()
    {
        _cipher.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void A_frame_opens_only_where_and_as_what_it_was_sealed()
    {
        var frame = Seal(FrameRole.Content, 64, "content"u8, 7);
        Assert.Equal(7, PackFormat.OpenInPlace(_cipher, FrameRole.Content, 64, frame.ToArray()).RawLength);
        Refuse(_cipher, FrameRole.Directory, 64, frame);
        Refuse(_cipher, FrameRole.Content, 65, frame);
        Refuse(_cipher, FrameRole.Content, 64, frame[..^1]);
        Refuse(_cipher, FrameRole.Content, 64, [.. frame, 0]);
        Refuse(_cipher, FrameRole.Content, 64, frame[..27]);
        using var otherPack = PackFormat.DeriveCipher(_key, new byte[32], new Guid(1, 0, 0, new byte[8]));
        Refuse(otherPack, FrameRole.Content, 64, frame);
        using var otherSalt = PackFormat.DeriveCipher(_key, [.. new byte[31], 1], Guid.Empty);
        Refuse(otherSalt, FrameRole.Content, 64, frame);
        for (var bit = 0; bit < frame.Length * 8; bit++)
        {
            var flipped = frame.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Refuse(_cipher, FrameRole.Content, 64, flipped);
        }
    }

    /// <summary>The trailer is not sealed. So whoever can write to the store can cut a pack behind any frame and call that
    /// frame the directory; were its content, which comes from the files backed up, read as one, then their author could
    /// make a resumed backup take any chunk for any other.</summary>
    [Fact]
    public void Content_that_looks_like_a_directory_is_not_taken_for_one()
    {
        var forged = new PackDirectory();
        forged.Add(100, [new PackedChunk(0, 7, ContentHash.Of("victim"u8))]);
        var content = forged.Serialize(PackKind.Data);
        Refuse(_cipher, FrameRole.Directory, 164, Seal(FrameRole.Content, 164, content, content.Length));
    }

    [Theory]
    [InlineData(0, (1 << 20) + 1)]
    [InlineData(0, 6)]
    [InlineData(0, -1)]
    [InlineData(0, int.MinValue)]
    [InlineData(1, (8 << 20) + 1)]
    public void A_frame_that_claims_an_impossible_length_is_refused_even_when_it_is_authentic(byte role, int rawLength) =>
        Refuse(_cipher, (FrameRole)role, 64, Seal((FrameRole)role, 64, "content"u8, rawLength));

    [Fact]
    public void A_directory_comes_back_and_whatever_becomes_of_it_it_is_read_or_refused()
    {
        var random = new Random(4);
        var directories = new List<byte[]>();
        for (var n = 0; n < 20; n++)
        {
            var directory = new PackDirectory();
            var frames = new List<(int Stored, PackedChunk[] Chunks)>();
            for (var f = 0; f < n; f++)
            {
                var chunks = new PackedChunk[random.Next(1, 5)];
                var offset = 0;
                for (var c = 0; c < chunks.Length; c++)
                {
                    chunks[c] = new PackedChunk(offset, random.Next(1, 200_000), ContentHash.Of([(byte)c, (byte)f]));
                    offset += chunks[c].Length;
                }

                frames.Add((random.Next(29, 1 << 20), chunks));
                directory.Add(frames[^1].Stored, chunks);
            }

            var content = directory.Serialize((PackKind)(n % 2));
            var (kind, parsed) = PackDirectory.Parse(content);
            Assert.Equal((PackKind)(n % 2), kind);
            Assert.Equal(frames.Select(f => f.Stored), parsed.Select(f => f.StoredLength));
            Assert.Equal(frames.SelectMany(f => f.Chunks), parsed.SelectMany(f => f.Chunks));
            Assert.Equal(frames.Select(f => f.Chunks.Sum(c => c.Length)), parsed.Select(f => f.RawLength));
            directories.Add(content);
        }

        Fuzz.ParseMany(5, 6000, directories, input => PackDirectory.Parse(input));
    }

    [Fact]
    public void A_directory_of_the_largest_size_fits_into_memory()
    {
        var content = new ByteWriter();
        content.Byte(0);
        content.VarInt(200_000);
        for (var f = 0; f < 200_000; f++)
        {
            content.Bytes([29, 1, 1, .. new byte[32]]);
        }

        Assert.True(content.Length < PackFormat.MaximumDirectoryContent);
        Fuzz.Parse(content.Written.ToArray(), input => Assert.Equal(200_000, PackDirectory.Parse(input).Frames.Count));
        Fuzz.Parse(new byte[PackFormat.MaximumDirectoryContent], input => PackDirectory.Parse(input));
        Fuzz.Parse([0, 0xFF, 0xFF, 0xFF, 1, .. new byte[PackFormat.MaximumDirectoryContent - 5]], input => PackDirectory.Parse(input));
    }

    [Fact]
    public void Chunks_never_reach_beyond_a_frame()
    {
        var content = new ByteWriter();
        content.Bytes([0, 1]);
        content.VarInt(29);
        content.VarInt(4096);
        for (var c = 0; c < 4096; c++)
        {
            content.VarInt(1 << 20);
            content.Bytes(new byte[32]);
        }

        Assert.Throws<InvalidDataException>(() => PackDirectory.Parse(content.Written));
    }

    [Fact]
    public void A_trailer_points_at_what_lies_before_it_or_is_refused()
    {
        Assert.Equal((64, 40), PackFormat.DirectoryOf(PackFormat.Trailer(64, 40), 136));
        (long Offset, int Length)[] wrong = [(63, 41), (64, 39), (64, 41), (65, 40), (-1, 40), (long.MaxValue, 40), (long.MinValue, 40), (64, -1), (64, 27), (104 - int.MaxValue, int.MaxValue)];
        Assert.All(wrong, w => Assert.Null(PackFormat.DirectoryOf(PackFormat.Trailer(w.Offset, w.Length), 136)));
        for (var i = 12; i < 32; i++)
        {
            var trailer = PackFormat.Trailer(64, 40);
            trailer[i] ^= 1;
            Assert.Null(PackFormat.DirectoryOf(trailer, 136));
        }
    }

    [Fact]
    public void A_prologue_of_another_repository_is_refused()
    {
        var id = Guid.NewGuid();
        var prologue = PackFormat.Prologue(id, [.. new byte[31], 9]);
        Assert.Equal(9, PackFormat.SaltOf(prologue, id)[31]);
        Assert.True(PackFormat.SaltOf(prologue, Guid.NewGuid()).IsEmpty);
        prologue[25] = 1;
        Assert.True(PackFormat.SaltOf(prologue, id).IsEmpty);
    }

    private static void Refuse(AesGcm cipher, FrameRole role, long offset, byte[] frame) =>
        Assert.Throws<InvalidDataException>(() => PackFormat.OpenInPlace(cipher, role, offset, frame.ToArray()));

    private byte[] Seal(FrameRole role, long offset, ReadOnlySpan<byte> content, int rawLength)
    {
        var frame = new byte[PackFormat.FrameOverhead + content.Length];
        PackFormat.WriteFrameHeader(frame, role, rawLength, content.Length, CompressionCodec.None);
        content.CopyTo(frame.AsSpan(PackFormat.FrameHeaderLength));
        PackFormat.SealInPlace(_cipher, offset, frame);
        return frame;
    }
}
