using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Pages;
using DrTools.PostgreSql.Tests.Pages;

namespace DrTools.PostgreSql.Tests.Physical;

/// <summary>What is said of the files of data directories.</summary>
internal static class DataFiles
{
    /// <summary>Every page of every relation is sound. For servers without pg_checksums.</summary>
    public static void AssertChecksums(string dataDirectory)
    {
        foreach (var (file, relation) in PageScannerTests.RelationFiles(dataDirectory))
        {
            var content = File.ReadAllBytes(file);
            var states = new PageStates[content.Length / PageHeader.PageSize];
            Assert.Equal(0, content.Length % PageHeader.PageSize);
            PageScanner.Scan(content, relation.Segment * 131072, 0, verify: true, states);
            Assert.False(states.Contains(PageStates.Damaged), file);
        }
    }

    /// <summary>All files are the same, but for what tells of the backup itself.</summary>
    public static void AssertSame(string expected, string actual)
    {
        static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(folder, f))
            .Where(f => f is not ("backup_label" or ControlFile.RelativePath) && !f.StartsWith("pg_wal/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        Assert.Equal(Files(expected), Files(actual));
        foreach (var file in Files(expected))
        {
            Assert.True(File.ReadAllBytes(Path.Combine(expected, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(actual, file))), file);
        }
    }
}
