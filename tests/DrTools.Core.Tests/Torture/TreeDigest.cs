using System.Globalization;
using System.Security.Cryptography;
using Xunit;

namespace DrTools.Tests.Torture;

/// <summary>What a tree holds, found out without the engine: a line for each path with kind, permissions, time, content
/// hash or link target.</summary>
internal static class TreeDigest
{
    public static SortedDictionary<string, string> Of(string root, Func<string, bool>? skip = null)
    {
        var lines = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var info in new DirectoryInfo(root).EnumerateFileSystemInfos("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }))
        {
            var path = Path.GetRelativePath(root, info.FullName);
            if (skip is null || !skip(path))
            {
                lines[path] = Describe(info);
            }
        }

        return lines;
    }

    public static void AssertSame(SortedDictionary<string, string> expected, SortedDictionary<string, string> actual, string what)
    {
        var differences = expected.Keys.Union(actual.Keys)
            .Where(k => expected.GetValueOrDefault(k) != actual.GetValueOrDefault(k))
            .Select(k => $"{k}: expected {expected.GetValueOrDefault(k) ?? "nothing"}, found {actual.GetValueOrDefault(k) ?? "nothing"}")
            .ToList();
        Assert.True(differences.Count == 0, $"{what}: {differences.Count} differences\n{string.Join('\n', differences.Take(10))}");
    }

    private static string Describe(FileSystemInfo info)
    {
        if (info.LinkTarget is { } target)
        {
            return "link " + target;
        }

        var mode = Convert.ToString((int)info.UnixFileMode, 8);
        if (info is DirectoryInfo)
        {
            return $"folder {mode}";
        }

        using var file = File.OpenRead(info.FullName);
        return string.Create(CultureInfo.InvariantCulture, $"file {mode} {info.LastWriteTimeUtc.Ticks} {file.Length} {Convert.ToHexStringLower(SHA256.HashData(file))}");
    }
}
