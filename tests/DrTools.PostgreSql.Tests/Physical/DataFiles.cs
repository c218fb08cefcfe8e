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
            var (left, right) = (File.ReadAllBytes(Path.Combine(expected, file)), File.ReadAllBytes(Path.Combine(actual, file)));
            Assert.True(left.AsSpan().SequenceEqual(right), Difference(file, left, right));
        }
    }

    /// <summary>Where two files differ first, page by page.</summary>
    private static string Difference(string file, byte[] expected, byte[] actual)
    {
        var text = $"{file}: {expected.Length} and {actual.Length} bytes";
        var pages = 0;
        for (var at = 0; at + PageHeader.PageSize <= Math.Min(expected.Length, actual.Length) && pages < 5; at += PageHeader.PageSize)
        {
            var left = expected.AsSpan(at, PageHeader.PageSize);
            var right = actual.AsSpan(at, PageHeader.PageSize);
            var same = left.CommonPrefixLength(right);
            if (same < PageHeader.PageSize)
            {
                var count = 0;
                for (var i = 0; i < PageHeader.PageSize; i++)
                {
                    count += left[i] == right[i] ? 0 : 1;
                }

                pages++;
                text += $"; page {at / PageHeader.PageSize} from byte {same}, {count} bytes, LSN {PageHeader.Read(left).Lsn:X} and {PageHeader.Read(right).Lsn:X}";
            }
        }

        return text;
    }
}
