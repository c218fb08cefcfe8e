using System.Security.Cryptography;
using System.Text;
using DrTools.Backup;
using DrTools.Restore;
using DrTools.Sources;
using DrTools.Sources.Files;
using Xunit;

namespace DrTools.Tests.Torture;

/// <summary>Files that change, vanish or cannot be read while a backup is taken.</summary>
public sealed class UnreadableEntryTests : IAsyncLifetime
{
    private TortureRepository _torture = null!;
    private string _tree = null!;

    public enum Change
    {
        Grow,
        Shrink,
        Rewrite,
        Delete,
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _torture = await TortureRepository.CreateAsync();
        _tree = Directory.CreateDirectory(_torture.At("tree")).FullName;
        await File.WriteAllTextAsync(Path.Combine(_tree, "a"), "unchanged", Cancel);
        await File.WriteAllTextAsync(Path.Combine(_tree, "z"), "unchanged", Cancel);
    }

    public ValueTask DisposeAsync() => _torture.DisposeAsync();

    [Theory]
    [InlineData(Change.Grow, 10_000)]
    [InlineData(Change.Shrink, 10_000)]
    [InlineData(Change.Rewrite, 10_000)]
    [InlineData(Change.Delete, 10_000)]
    [InlineData(Change.Grow, 200_000)]
    [InlineData(Change.Grow, 5_000_000)]
    [InlineData(Change.Shrink, 5_000_000)]
    [InlineData(Change.Rewrite, 5_000_000)]
    [InlineData(Change.Delete, 5_000_000)]
    public async Task A_file_that_changes_once_is_read_again(Change change, int length)
    {
        var path = Write("m", length);
        var changed = 0;
        var source = new HookedSource(new FilesSource(_tree))
        {
            HasRead = (entry, _) =>
            {
                if (entry.DisplayPath == "m" && Interlocked.Exchange(ref changed, 1) == 0)
                {
                    Apply(change, path);
                }
            },
        };
        var backup = (await _torture.BackUpAsync(source)).Backup;
        if (change == Change.Delete)
        {
            // What was opened can be read to its end; or it is found to be gone when it is read again.
            await _torture.RestoreAndDigestAsync(backup);
            return;
        }

        Assert.False(backup.IsPartial, string.Join('\n', backup.Issues));
        TreeDigest.AssertSame(TreeDigest.Of(_tree), await _torture.RestoreAndDigestAsync(backup), change.ToString());
    }

    [Theory]
    [InlineData(Change.Grow, 10_000)]
    [InlineData(Change.Shrink, 200_000)]
    [InlineData(Change.Rewrite, 10_000)]
    [InlineData(Change.Grow, 5_000_000)]
    [InlineData(Change.Shrink, 5_000_000)]
    [InlineData(Change.Rewrite, 5_000_000)]
    public async Task A_file_that_never_holds_still_is_stored_and_named(Change change, int length)
    {
        var path = Write("m", length);
        var source = new HookedSource(new FilesSource(_tree))
        {
            HasRead = (entry, _) =>
            {
                if (entry.DisplayPath == "m")
                {
                    Apply(change, path);
                }
            },
        };
        var backup = (await _torture.BackUpAsync(source)).Backup;
        Assert.True(backup.IsPartial);
        Assert.Equal("m", Assert.Single(backup.Issues).Path);
        await _torture.RestoreAndDigestAsync(backup);
        await _torture.AssertWholeAsync(change.ToString());

        // However its times look, the next backup reads it again.
        var next = (await _torture.BackUpAsync(_tree)).Backup;
        TreeDigest.AssertSame(TreeDigest.Of(_tree), await _torture.RestoreAndDigestAsync(next), change.ToString());
    }

    [Fact]
    public async Task Large_files_that_cannot_be_read_to_their_end_are_named_and_hold_nothing_up()
    {
        for (var i = 0; i < 12; i++)
        {
            Write($"bad{i}", 3_000_000);
        }

        var good = Write("good", 3_000_000);
        var source = new HookedSource(new FilesSource(_tree))
        {
            HasRead = (entry, read) =>
            {
                if (entry.DisplayPath.StartsWith("bad", StringComparison.Ordinal) && read > 2 << 20)
                {
                    throw new EntryUnreadableException("It could not be read at byte 2097152: Input/output error.");
                }
            },
        };
        var backup = (await _torture.BackUpAsync(source).WaitAsync(TimeSpan.FromSeconds(60), Cancel)).Backup;
        Assert.True(backup.IsPartial);
        Assert.Equal(12, backup.IssueCount);
        var restored = await _torture.RestoreAndDigestAsync(backup);
        Assert.Equal(["a", "good", "z"], restored.Keys);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(good, Cancel))), restored["good"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(3_000_000)]
    public async Task Of_a_file_whose_first_name_vanishes_another_name_holds_the_content(int length)
    {
        Write("first", length);
        await LinkAsync("first", "second");
        await LinkAsync("first", "third");
        var source = new HookedSource(new FilesSource(_tree))
        {
            Opening = entry =>
            {
                if (entry.DisplayPath == "first")
                {
                    File.Delete(Path.Combine(_tree, "first"));
                }
            },
        };
        var backup = (await _torture.BackUpAsync(source)).Backup;
        TreeDigest.AssertSame(TreeDigest.Of(_tree), await _torture.RestoreAndDigestAsync(backup), "promoted");
        Assert.Equal(4, backup.Files);
        await AssertLinkedAsync(backup, "second", "third");

        // And once more when everything but the promoted name is as the parent knows it.
        var next = (await _torture.BackUpAsync(_tree)).Backup;
        TreeDigest.AssertSame(TreeDigest.Of(_tree), await _torture.RestoreAndDigestAsync(next), "the next");
    }

    [Fact]
    public async Task Names_of_a_file_none_of_which_can_be_read_are_all_left_out_and_named()
    {
        Write("first", 1_000);
        await LinkAsync("first", "second");
        await LinkAsync("first", "third");
        var source = new HookedSource(new FilesSource(_tree))
        {
            Opening = entry =>
            {
                if (entry.DisplayPath is "first" or "second" or "third")
                {
                    throw new EntryUnreadableException("It could not be opened: Permission denied.");
                }
            },
        };
        var backup = (await _torture.BackUpAsync(source)).Backup;
        Assert.Equal(["first", "second", "third"], backup.Issues.Select(i => i.Path).Order(StringComparer.Ordinal));
        Assert.Equal(["a", "z"], (await _torture.RestoreAndDigestAsync(backup)).Keys);
    }

    [Theory]
    [InlineData(1_000, 1)]
    [InlineData(4_096, 1_500)]
    public async Task Chosen_names_of_a_file_come_back_without_its_first_name(int length, int pieces)
    {
        // With a hole behind every piece its extents fill several records.
        using (var file = File.Create(Path.Combine(_tree, "first")))
        {
            for (var i = 0; i < pieces; i++)
            {
                file.Write(RandomNumberGenerator.GetBytes(length));
                file.Position += pieces == 1 ? 0 : length;
            }
        }

        Directory.CreateDirectory(Path.Combine(_tree, "sub"));
        await LinkAsync("first", "sub/second");
        await LinkAsync("first", "sub/third");
        var backup = (await _torture.BackUpAsync(_tree)).Backup;
        var target = _torture.At("some");
        var result = await _torture.RestoreAsync(backup, target, new RestoreOptions { Include = ["sub/*"] });
        Assert.True(result.Passed, string.Join('\n', result.Issues));
        Assert.Equal(2, result.Files);
        var all = TreeDigest.Of(_tree);
        TreeDigest.AssertSame(new(all.Where(l => l.Key.StartsWith("sub", StringComparison.Ordinal)).ToDictionary(), StringComparer.Ordinal), TreeDigest.Of(target), "sub/*");
        await AssertLinkedAsync(target, "sub/second", "sub/third");
    }

    [Fact]
    public async Task A_tree_that_vanishes_half_way_gives_an_error_or_a_backup_that_restores()
    {
        for (var i = 0; i < 400; i++)
        {
            Directory.CreateDirectory(Path.Combine(_tree, $"d{i % 20}"));
            Write($"d{i % 20}/f{i}", 5_000);
        }

        foreach (var at in new[] { 1, 50, 300 })
        {
            var copy = _torture.At($"copy{at}");
            CopyTree(_tree, copy);
            var source = new HookedSource(new FilesSource(copy))
            {
                Walked = (number, _) =>
                {
                    if (number == at)
                    {
                        Directory.Delete(copy, recursive: true);
                    }
                },
            };
            var backup = (await _torture.BackUpAsync(source)).Backup;
            await _torture.RestoreAndDigestAsync(backup);
            Assert.NotEqual(0, backup.IssueCount);
            var e = await Assert.ThrowsAsync<DrException>(() => _torture.BackUpAsync(copy));
            Assert.Equal(DrError.SourceMissing, e.Error);
        }

        await _torture.AssertWholeAsync("vanished");
    }

    private static void CopyTree(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private static void Apply(Change change, string path)
    {
        switch (change)
        {
            case Change.Grow:
                File.AppendAllText(path, new string('+', 300_000));
                break;
            case Change.Shrink:
                using (var file = File.OpenWrite(path))
                {
                    file.SetLength(file.Length * 2 / 3);
                }

                break;
            case Change.Rewrite:
                File.WriteAllBytes(path, RandomNumberGenerator.GetBytes((int)new FileInfo(path).Length));
                break;
            case Change.Delete:
                File.Delete(path);
                break;
        }
    }

    private async Task AssertLinkedAsync(BackupInfo backup, string one, string other)
    {
        var target = _torture.At("linked");
        await _torture.RestoreAsync(backup, target);
        await AssertLinkedAsync(target, one, other);
    }

    private static async Task AssertLinkedAsync(string target, string one, string other)
    {
        await File.AppendAllTextAsync(Path.Combine(target, one), "more", Encoding.ASCII, Cancel);
        Assert.Equal(new FileInfo(Path.Combine(target, one)).Length, new FileInfo(Path.Combine(target, other)).Length);
    }

    private string Write(string name, int length)
    {
        var path = Path.Combine(_tree, name);
        File.WriteAllBytes(path, RandomNumberGenerator.GetBytes(length));
        return path;
    }

    private async Task LinkAsync(string from, string to)
    {
        using var ln = System.Diagnostics.Process.Start("ln", [Path.Combine(_tree, from), Path.Combine(_tree, to)]);
        await ln.WaitForExitAsync(Cancel);
        Assert.Equal(0, ln.ExitCode);
    }
}
