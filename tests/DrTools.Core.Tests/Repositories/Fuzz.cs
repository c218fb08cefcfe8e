using System.Diagnostics;
using Xunit;

namespace DrTools.Tests.Repositories;

/// <summary>Hostile input to parsers: whatever it is, they end soon, in bounded memory, with a result or with
/// <see cref="InvalidDataException"/>.</summary>
internal static class Fuzz
{
    private const long MaximumAllocation = 64 << 20;

    private static readonly TimeSpan _maximumDuration = TimeSpan.FromSeconds(10);

    public static void Parse(byte[] input, Action<byte[]> parse)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        try
        {
            parse(input);
        }
        catch (InvalidDataException)
        {
        }
        catch (Exception e)
        {
            Assert.Fail($"{e.GetType()} for {Convert.ToHexString(input.AsSpan(0, Math.Min(input.Length, 500)))}: {e}");
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Assert.True(allocated <= MaximumAllocation, $"{allocated} bytes allocated for {input.Length}");
        Assert.True(Stopwatch.GetElapsedTime(started) < _maximumDuration, $"{Stopwatch.GetElapsedTime(started)} for {input.Length} bytes");
    }

    /// <summary>Parses noise, and mutations of what is well-formed.</summary>
    public static void ParseMany(int seed, int count, IReadOnlyList<byte[]> wellFormed, Action<byte[]> parse)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            if (i % 8 == 0)
            {
                var noise = new byte[random.Next(200)];
                random.NextBytes(noise);
                Parse(noise, parse);
            }
            else
            {
                Parse(Mutate(random, wellFormed[random.Next(wellFormed.Count)]), parse);
            }
        }
    }

    /// <summary>Flips, sets, inserts, removes and repeats bytes; among them those that make numbers long or huge.</summary>
    public static byte[] Mutate(Random random, byte[] input)
    {
        var bytes = input.ToList();
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(6))
            {
                case 0 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.InsertRange(at, Enumerable.Repeat((byte)0xFF, random.Next(1, 12)));
                    break;
                case 3 when at < bytes.Count:
                    bytes.RemoveRange(at, random.Next(1, Math.Min(bytes.Count - at, 40) + 1));
                    break;
                case 4 when at < bytes.Count:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, Math.Min(bytes.Count - at, 64)));
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }

        return [.. bytes];
    }
}
