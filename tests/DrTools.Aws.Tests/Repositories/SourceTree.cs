namespace DrTools.Aws.Tests.Repositories;

/// <summary>A folder to back up, and one to work in, removed afterwards.</summary>
internal sealed class SourceTree : IDisposable
{
    public SourceTree(int smallFiles, int largeBytes)
    {
        Directory.CreateDirectory(Source);
        var random = new Random(smallFiles);
        for (var i = 0; i < smallFiles; i++)
        {
            var folder = Directory.CreateDirectory(Path.Combine(Source, $"d{i % 17}"));
            Write(Path.Combine(folder.FullName, $"f{i}"), random.Next(1, 20_000), random);
        }

        if (largeBytes > 0)
        {
            Write(Path.Combine(Source, "large"), largeBytes, random);
        }
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("drtools-test-s3-").FullName;

    public string Source => Path.Combine(Folder, "source");

    public static void AssertSame(string expected, string actual)
    {
        var names = Names(expected);
        Assert.Equal(names, Names(actual));
        Assert.All(names, name => Assert.True(File.ReadAllBytes(Path.Combine(expected, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(actual, name))), name));
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static List<string> Names(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f)).Order(StringComparer.Ordinal)];

    private static void Write(string path, int length, Random random)
    {
        var content = new byte[length];
        random.NextBytes(content);
        File.WriteAllBytes(path, content);
    }
}
