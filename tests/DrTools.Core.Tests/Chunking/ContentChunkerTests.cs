using System.Security.Cryptography;
using System.Text;
using DrTools.Chunking;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DrTools.Tests.Chunking;

public sealed class ContentChunkerTests
{
    // Small chunks, so that a property sees hundreds of them.
    private static readonly ChunkerParameters _small = new() { MinimumLength = 64, NormalLength = 256, MaximumLength = 1024 };

    private static readonly ChunkerParameters[] _sizes =
    [
        _small,
        new() { MinimumLength = 100, NormalLength = 128, MaximumLength = 129 },
        new() { MinimumLength = 65, NormalLength = 512, MaximumLength = 4001 },
    ];

    private static Arbitrary<byte[]> Content => Gen.OneOf(
        from seed in Gen.Choose(0, int.MaxValue)
        from length in Gen.Choose(0, 20_000)
        select Noise(seed, length),
        from seed in Gen.Choose(0, int.MaxValue)
        from length in Gen.Choose(0, 20_000)
        select Noise(seed, length).Select(b => (byte)(b % 3)).ToArray()).ToArbitrary();

    [Fact]
    public void Cuts_follow_the_documented_rule()
    {
        Prop.ForAll(Content, data =>
        {
            foreach (var parameters in _sizes)
            {
                var chunker = new ContentChunker(parameters);
                for (var offset = 0; offset < data.Length;)
                {
                    var length = chunker.Cut(data.AsSpan(offset));
                    Assert.Equal(CutByTheRule(parameters, data.AsSpan(offset)), length);
                    offset += length;
                }
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Chunks_are_the_content_and_keep_their_bounds()
    {
        Prop.ForAll(Content, data =>
        {
            foreach (var parameters in _sizes)
            {
                var lengths = Lengths(parameters, data);
                Assert.Equal(data.Length, lengths.Sum());
                Assert.All(lengths, length => Assert.InRange(length, 1, parameters.MaximumLength));
                Assert.All(lengths.SkipLast(1), length => Assert.True(length >= parameters.MinimumLength));
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Cuts_need_no_more_than_the_maximum_to_be_seen()
    {
        Prop.ForAll(Content, data =>
        {
            var chunker = new ContentChunker(_small);
            Assert.Equal(chunker.Cut(data), chunker.Cut(data.AsSpan(0, Math.Min(data.Length, _small.MaximumLength))));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void An_insertion_moves_only_the_cuts_near_it()
    {
        var cases = from seed in Gen.Choose(0, int.MaxValue)
                    from at in Gen.Frequency((1, Gen.Constant(0)), (3, Gen.Choose(0, 60_000)))
                    from length in Gen.Choose(1, 2_000)
                    select (seed, at, length);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var before = Noise(c.seed, 100_000);
            byte[] after = [.. before[..c.at], .. Noise(c.seed + 1, c.length), .. before[c.at..]];
            var cutsBefore = Cuts(before).ToHashSet();
            var cutsAfter = Cuts(after).ToHashSet();
            Assert.All(cutsBefore.Where(cut => cut <= c.at), cut => Assert.Contains(cut, cutsAfter));

            // The two sequences meet again within a few chunks; 20,000 bytes are some 70.
            Assert.All(cutsBefore.Where(cut => cut > c.at + 20_000), cut => Assert.Contains(cut + c.length, cutsAfter));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Content_of_one_value_gives_chunks_of_the_maximum()
    {
        for (var value = 0; value < 256; value++)
        {
            var data = new byte[3 * ChunkerParameters.Default.MaximumLength];
            data.AsSpan().Fill((byte)value);
            Assert.Equal(Enumerable.Repeat(1 << 20, 3), Lengths(ChunkerParameters.Default, data));
        }
    }

    [Fact]
    public void The_default_chunks_of_noise_are_around_the_normal_length()
    {
        var lengths = Lengths(ChunkerParameters.Default, Noise(1, 64 << 20));
        Assert.InRange(lengths.Average(), 230_000, 330_000);
        Assert.True(lengths.Count(length => length == 1 << 20) <= lengths.Count / 100);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64 << 10)]
    public void No_more_than_the_minimum_is_one_chunk(int length) =>
        Assert.Equal(length, new ContentChunker(ChunkerParameters.Default).Cut(Noise(1, length)));

    // Fixed for good: a change here means that repositories stop sharing chunks with their older backups.
    [Fact]
    public void The_format_is_frozen()
    {
        Assert.Equal(0x46B05869_9A2C1589UL, GearTable.Values[0]);
        Assert.Equal(0xCEFC8389_AE961831UL, GearTable.Values[255]);
        var data = new byte[4 << 20];
        for (var i = 0; i < data.Length; i += 32)
        {
            SHA256.HashData(Encoding.ASCII.GetBytes($"block {i / 32}"), data.AsSpan(i, 32));
        }

        Assert.Equal([269_974, 306_456, 345_073, 323_451, 283_887, 394_952, 150_215, 229_658, 243_205, 273_228, 307_308, 286_525, 612_550, 167_822], Lengths(ChunkerParameters.Default, data));
    }

    [Theory]
    [InlineData(63, 256, 1024)]
    [InlineData(64, 255, 1024)]
    [InlineData(64, 64, 1024)]
    [InlineData(64, 256, 256)]
    public void Lengths_that_do_not_fit_together_are_refused(int minimum, int normal, int maximum)
    {
        var parameters = new ChunkerParameters { MinimumLength = minimum, NormalLength = normal, MaximumLength = maximum };
        Assert.Throws<ArgumentException>(() => new ContentChunker(parameters));
    }

    private static int CutByTheRule(ChunkerParameters parameters, ReadOnlySpan<byte> data)
    {
        var bits = (int)Math.Log2(parameters.NormalLength);
        for (var n = parameters.MinimumLength; n <= Math.Min(data.Length, parameters.MaximumLength) && data.Length > parameters.MinimumLength; n++)
        {
            var hash = 0UL;
            for (var k = 0; k < 64; k++)
            {
                hash += GearTable.Values[data[n - 1 - k]] << k;
            }

            if (hash >> (64 - (n <= parameters.NormalLength ? bits + 2 : bits - 2)) == 0)
            {
                return n;
            }
        }

        return Math.Min(data.Length, parameters.MaximumLength);
    }

    private static List<int> Lengths(ChunkerParameters parameters, ReadOnlySpan<byte> data)
    {
        var chunker = new ContentChunker(parameters);
        var lengths = new List<int>();
        while (!data.IsEmpty)
        {
            lengths.Add(chunker.Cut(data));
            data = data[lengths[^1]..];
        }

        return lengths;
    }

    private static List<int> Cuts(byte[] data)
    {
        var end = 0;
        return Lengths(_small, data).Select(length => end += length).ToList();
    }

    private static byte[] Noise(int seed, int length)
    {
        var data = new byte[length];
        new Random(seed).NextBytes(data);
        return data;
    }
}
