using System.Globalization;

namespace DrTools.Benchmarks;

/// <summary>Makes trees that are ten times as large as the usual one in what costs memory: entries, or bytes of one file.</summary>
internal static class SyntheticTree
{
    private const int FilesPerFolder = 250;

    /// <summary>Small files of 100 to 900 bytes, half of it random.</summary>
    public static void WriteSmallFiles(string folder, int count)
    {
        var random = new Random(1);
        var content = new byte[900];
        for (var i = 0; i < count; i++)
        {
            var group = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"group-{i / FilesPerFolder / 100:d4}/folder-{i / FilesPerFolder:d6}"));
            if (i % FilesPerFolder == 0)
            {
                Directory.CreateDirectory(group);
            }

            var length = random.Next(100, content.Length + 1);
            random.NextBytes(content.AsSpan(0, length / 2));
            content.AsSpan(length / 2).Fill((byte)'x');
            using var handle = File.OpenHandle(
                Path.Combine(group, string.Create(CultureInfo.InvariantCulture, $"file-with-an-ordinary-name-{i:d7}.dat")),
                FileMode.CreateNew,
                FileAccess.Write);
            RandomAccess.Write(handle, content.AsSpan(0, length), 0);
        }
    }

    /// <summary>Files of random bytes.</summary>
    public static void WriteRandomFiles(string folder, int count, int mebibytes)
    {
        var random = new Random(3);
        var block = new byte[1 << 20];
        for (var i = 0; i < count; i++)
        {
            using var stream = new FileStream(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"random-{i:d3}.bin")), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
            for (var j = 0; j < mebibytes; j++)
            {
                random.NextBytes(block);
                stream.Write(block);
            }
        }
    }

    /// <summary>One large file: of each 4 MiB, three do not compress, and one repeats what lay 64 MiB before.</summary>
    public static void WriteLargeFile(string path, int gibibytes)
    {
        const int Block = 1 << 20;
        var random = new Random(2);
        var block = new byte[Block];
        var repeated = new byte[16][];
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var i = 0L; i < (long)gibibytes << 10; i++)
        {
            var slot = (int)(i / 4 % repeated.Length);
            if (i % 4 == 3 && repeated[slot] is { } before)
            {
                stream.Write(before);
                continue;
            }

            random.NextBytes(block);
            stream.Write(block);
            if (i % 4 == 3)
            {
                repeated[slot] = [.. block];
            }
        }
    }
}
