using DrTools.Backup;
using DrTools.Tests.Torture;
using Xunit;

namespace DrTools.Tests.Paged;

/// <summary>Compares what was restored with what was there, byte by byte.</summary>
internal static class RestoredFiles
{
    /// <summary>Restores a backup as a whole.</summary>
    public static async Task AssertSameAsync(TortureRepository torture, BackupInfo backup, IReadOnlyDictionary<string, byte[]> truth, string what = "")
    {
        var target = torture.At("restored-" + Guid.NewGuid().ToString("n"));
        var result = await torture.RestoreAsync(backup, target);
        Assert.True(result.Passed, $"{what}: {string.Join('\n', result.Issues)}");
        await AssertSameAsync(target, truth, truth.Keys, what);
        Directory.Delete(target, recursive: true);
    }

    /// <summary>Compares the files of a folder that are expected there.</summary>
    public static async Task AssertSameAsync(string target, IReadOnlyDictionary<string, byte[]> truth, IEnumerable<string> expected, string what = "")
    {
        var found = Directory.GetFiles(target, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith("/.drtools-restore", StringComparison.Ordinal)).ToDictionary(f => Path.GetRelativePath(target, f));
        Assert.Equal(expected.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, path) in found)
        {
            var content = truth[name];
            var restored = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
            Assert.True(content.AsSpan().SequenceEqual(restored), $"{what}: {name} has {restored.Length} of {content.Length} bytes, the first {content.AsSpan().CommonPrefixLength(restored)} alike");
        }
    }
}
