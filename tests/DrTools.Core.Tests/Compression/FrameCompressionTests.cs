using System.Text;
using DrTools.Compression;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DrTools.Tests.Compression;

public sealed class FrameCompressionTests
{
    private const int MaximumFrame = 1 << 20;

    public static TheoryData<CompressionCodec> Codecs => [CompressionCodec.None, CompressionCodec.Zstandard, CompressionCodec.Brotli];

    public static TheoryData<CompressionCodec> RealCodecs => [CompressionCodec.Zstandard, CompressionCodec.Brotli];

    [Fact]
    public void The_library_is_present_where_the_tests_run()
    {
        Assert.True(ZstandardLibrary.IsAvailable);
        Assert.Matches(@"^1\.\d+\.\d+$", ZstandardLibrary.Version);
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Any_content_comes_back(CompressionCodec codec)
    {
        using var compressor = new FrameCompressor(3, codec);
        using var decompressor = new FrameDecompressor();
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<PositiveInt>(), (data, repeats) =>
        {
            var raw = Repeat(data, repeats.Get);
            var stored = Compress(compressor, raw, out var used);
            Assert.True(stored.Length <= FrameCompressor.MaximumLength(raw.Length));
            Assert.True(used == CompressionCodec.None || used == codec);
            Assert.Equal(raw, Decompress(decompressor, used, stored, raw.Length));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Frames_of_every_size_come_back(CompressionCodec codec)
    {
        using var compressor = new FrameCompressor(3, codec);
        using var decompressor = new FrameDecompressor();
        foreach (var length in new[] { 0, 1, 2, 49, 50, 51, 100, 4096, 65535, 65536, MaximumFrame - 1, MaximumFrame })
        {
            foreach (var raw in new[] { new byte[length], Noise(length), Text(length) })
            {
                var stored = Compress(compressor, raw, out var used);
                Assert.Equal(raw, Decompress(decompressor, used, stored, length));
            }
        }
    }

    [Theory]
    [InlineData(-5)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(19)]
    public void Every_level_comes_back(int level)
    {
        using var compressor = new FrameCompressor(level);
        using var decompressor = new FrameDecompressor();
        var raw = Text(200_000);
        var stored = Compress(compressor, raw, out var used);
        Assert.Equal(CompressionCodec.Zstandard, used);
        Assert.Equal(raw, Decompress(decompressor, used, stored, raw.Length));
    }

    [Theory]
    [MemberData(nameof(RealCodecs))]
    public void Compressible_content_shrinks_and_noise_is_stored_as_it_is(CompressionCodec codec)
    {
        using var compressor = new FrameCompressor(3, codec);
        Assert.True(Compress(compressor, Text(MaximumFrame), out var used).Length < MaximumFrame / 2);
        Assert.Equal(codec, used);
        Assert.Equal(Noise(MaximumFrame), Compress(compressor, Noise(MaximumFrame), out used));
        Assert.Equal(CompressionCodec.None, used);

        // A compressor that has given up once works on.
        Assert.True(Compress(compressor, Text(MaximumFrame), out used).Length < MaximumFrame / 2);
        Assert.Equal(codec, used);
    }

    [Fact]
    public void By_default_frames_are_Zstandard()
    {
        using var compressor = new FrameCompressor(3);
        var stored = Compress(compressor, Text(1000), out var used);
        Assert.Equal(CompressionCodec.Zstandard, used);
        Assert.Equal([0x28, 0xB5, 0x2F, 0xFD], stored[..4]);
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_truncated_frame_is_refused(CompressionCodec codec)
    {
        using var compressor = new FrameCompressor(3, codec);
        using var decompressor = new FrameDecompressor();
        var raw = Text(20_000);
        var stored = Compress(compressor, raw, out var used);
        for (var length = 0; length < stored.Length; length += 1 + (length / 100))
        {
            var part = stored[..length];
            Assert.Throws<InvalidDataException>(() => Decompress(decompressor, used, part, raw.Length));
        }

        Assert.Equal(raw, Decompress(decompressor, used, stored, raw.Length));
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Bytes_after_a_frame_are_refused(CompressionCodec codec)
    {
        using var compressor = new FrameCompressor(3, codec);
        using var decompressor = new FrameDecompressor();
        var raw = Text(20_000);
        var stored = Compress(compressor, raw, out var used);
        Assert.Throws<InvalidDataException>(() => Decompress(decompressor, used, [.. stored, 0], raw.Length));
    }

    [Theory]
    [MemberData(nameof(RealCodecs))]
    public void Any_flipped_bit_is_refused_or_gives_other_content_of_the_same_length(CompressionCodec codec)
    {
        using var compressor = new FrameCompressor(3, codec);
        using var decompressor = new FrameDecompressor();
        var raw = Text(3_000);
        var stored = Compress(compressor, raw, out _);
        var refused = 0;
        for (var bit = 0; bit < stored.Length * 8; bit++)
        {
            stored[bit / 8] ^= (byte)(1 << (bit % 8));
            refused += Refuses(decompressor, codec, stored, raw.Length) ? 1 : 0;
            stored[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.True(refused > 0);
        Assert.Equal(raw, Decompress(decompressor, codec, stored, raw.Length));
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Any_bytes_are_refused_or_fill_the_content(CompressionCodec codec)
    {
        using var decompressor = new FrameDecompressor();
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<NonNegativeInt>(), (stored, length) =>
        {
            Refuses(decompressor, codec, stored, length.Get);
            Refuses(decompressor, codec, [0x28, 0xB5, 0x2F, 0xFD, .. stored], length.Get);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_wrong_length_is_refused(CompressionCodec codec)
    {
        using var compressor = new FrameCompressor(3, codec);
        using var decompressor = new FrameDecompressor();
        var raw = Text(20_000);
        var stored = Compress(compressor, raw, out var used);
        foreach (var length in new[] { 0, 1, raw.Length - 1, raw.Length + 1, raw.Length * 2 })
        {
            Assert.Throws<InvalidDataException>(() => Decompress(decompressor, used, stored, length));
        }
    }

    [Theory]
    [MemberData(nameof(RealCodecs))]
    public void A_frame_that_would_expand_beyond_its_length_writes_nothing_there(CompressionCodec codec)
    {
        using var compressor = new FrameCompressor(3, codec);
        using var decompressor = new FrameDecompressor();
        var stored = Compress(compressor, new byte[MaximumFrame], out _);
        Assert.True(stored.Length < 200);
        var room = new byte[300];
        room.AsSpan(100).Fill(0xAA);
        Assert.Throws<InvalidDataException>(() => decompressor.Decompress(codec, stored, room.AsSpan(0, 100)));
        Assert.DoesNotContain(room[100..], b => b != 0xAA);
    }

    [Fact]
    public void An_unknown_codec_is_refused()
    {
        using var decompressor = new FrameDecompressor();
        var error = Assert.Throws<InvalidDataException>(() => decompressor.Decompress((CompressionCodec)77, [1], new byte[1]));
        Assert.Equal("A frame names the unknown codec 77.", error.Message);
    }

    [Fact]
    public void A_Zstandard_frame_without_the_library_says_what_to_install()
    {
        using var decompressor = new FrameDecompressor(hasZstandard: false);
        var error = Assert.Throws<DrException>(() => decompressor.Decompress(CompressionCodec.Zstandard, [1], new byte[1]));
        Assert.Equal(DrError.LibraryMissing, error.Error);
        Assert.Contains("apt-get install libzstd1", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_little_room_is_refused_before_anything_is_written()
    {
        using var compressor = new FrameCompressor(3);
        Assert.Throws<ArgumentOutOfRangeException>(() => compressor.Compress(new byte[100], new byte[99], out _));
    }

    private static byte[] Compress(FrameCompressor compressor, byte[] raw, out CompressionCodec codec)
    {
        var destination = new byte[FrameCompressor.MaximumLength(raw.Length)];
        return destination[..compressor.Compress(raw, destination, out codec)];
    }

    private static byte[] Decompress(FrameDecompressor decompressor, CompressionCodec codec, byte[] stored, int length)
    {
        var raw = new byte[length];
        decompressor.Decompress(codec, stored, raw);
        return raw;
    }

    private static bool Refuses(FrameDecompressor decompressor, CompressionCodec codec, byte[] stored, int length)
    {
        try
        {
            Decompress(decompressor, codec, stored, length);
            return false;
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }

    private static byte[] Repeat(byte[] data, int times) => [.. Enumerable.Repeat(data, times).SelectMany(part => part)];

    private static byte[] Noise(int length)
    {
        var data = new byte[length];
        new Random(1).NextBytes(data);
        return data;
    }

    private static byte[] Text(int length)
    {
        var random = new Random(2);
        var text = new StringBuilder(length + 20);
        while (text.Length < length)
        {
            text.Append("entry ").Append(random.Next(1000)).Append('\n');
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }
}
