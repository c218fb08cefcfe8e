using System.Text;

namespace DrTools.Benchmarks;

/// <summary>
/// Changes a tree as a day of use would, the same way in every run. 1 % of the files, chosen uniformly (so mostly small
/// ones, as trees are), each suffer one of these:
/// <list type="bullet">
/// <item>40 %: edited in place: one to four runs of up to 64 bytes are overwritten;</item>
/// <item>20 %: appended to: up to 4 KiB of text;</item>
/// <item>15 %: rewritten: text of the same size, at most 1 MiB, under a new inode;</item>
/// <item>15 %: a new file of text appears beside it, of the same size, at most 256 KiB;</item>
/// <item>10 %: deleted.</item>
/// </list>
/// </summary>
internal sealed class TreeChanges(string tree)
{
    private const int LargestRewrite = 1 << 20;
    private const int LargestNewFile = 256 << 10;

    private static readonly EnumerationOptions WithoutLinks = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
    };

    /// <summary>Makes the changes of one day.</summary>
    /// <returns>Number of files that changed.</returns>
    public int Apply(int day)
    {
        var random = new Random(day);
        var files = Directory.EnumerateFiles(tree, "*", WithoutLinks).ToList();
        files.Sort(StringComparer.Ordinal);
        var count = files.Count / 100;
        for (var i = 0; i < count; i++)
        {
            // The first places of a Fisher-Yates shuffle: uniform, and no file twice.
            var chosen = random.Next(i, files.Count);
            (files[i], files[chosen]) = (files[chosen], files[i]);
            Change(files[i], day, random);
        }

        return count;
    }

    private static void Change(string file, int day, Random random)
    {
        var size = new FileInfo(file).Length;
        switch (random.Next(100))
        {
            case < 40 when size > 0:
                Edit(file, size, random);
                break;
            case < 60:
                using (var stream = new FileStream(file, FileMode.Append))
                {
                    stream.Write(Text(random.Next(1, 4097), random));
                }

                break;
            case < 75:
                File.Delete(file);
                File.WriteAllBytes(file, Text((int)Math.Min(size, LargestRewrite), random));
                break;
            case < 90:
                File.WriteAllBytes($"{file}.day{day}", Text((int)Math.Min(size, LargestNewFile), random));
                break;
            default:
                File.Delete(file);
                break;
        }
    }

    private static void Edit(string file, long size, Random random)
    {
        using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.Write);
        for (var runs = random.Next(1, 5); runs > 0; runs--)
        {
            var offset = random.NextInt64(size);
            RandomAccess.Write(handle, Text((int)Math.Min(random.Next(1, 65), size - offset), random), offset);
        }
    }

    /// <summary>Words of a small vocabulary with numbers between them: it compresses about as well as source code.</summary>
    private static byte[] Text(int length, Random random)
    {
        const string Syllables = "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo zu";
        var syllables = Syllables.Split(' ');
        var text = new StringBuilder(length + 32);
        while (text.Length < length)
        {
            text.Append(syllables[random.Next(syllables.Length)]).Append(syllables[random.Next(syllables.Length)]);
            switch (random.Next(8))
            {
                case 0:
                    text.Append('\n');
                    break;
                case 1:
                    text.Append(' ').Append(random.Next(100_000)).Append(' ');
                    break;
                default:
                    text.Append(' ');
                    break;
            }
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }
}
