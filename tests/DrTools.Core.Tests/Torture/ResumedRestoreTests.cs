using DrTools.Restore;
using DrTools.Repositories;
using Xunit;

namespace DrTools.Tests.Torture;

/// <summary>A restoring process is killed and the restore carried on, several times, over an empty target and over one
/// that holds something else.</summary>
public sealed class ResumedRestoreTests
{
    private static readonly RepositoryTuning Tuning = new() { PackLength = 256 << 10 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_restore_that_is_killed_again_and_again_ends_with_the_tree_and_nothing_else(bool over)
    {
        var seed = TortureScale.NewSeed();
        var random = new Random(seed);
        await using var torture = await TortureRepository.CreateAsync(Tuning);
        var tree = new ChangingTree(torture.At("tree"), seed, 250, 1 << 20);

        // Names that the restore itself uses are names like any other.
        await File.WriteAllTextAsync(Path.Combine(tree.Root, ".drtools-1-1"), "mine", Cancel);
        Directory.CreateDirectory(Path.Combine(tree.Root, ".drtools-replaced"));
        await File.WriteAllTextAsync(Path.Combine(tree.Root, ".drtools-replaced", "mine"), "mine too", Cancel);
        var backup = (await torture.BackUpAsync(tree.Root)).Backup;
        var expected = TreeDigest.Of(tree.Root);
        for (var round = 0; round < TortureScale.Pick(2, 10); round++)
        {
            var target = torture.At($"target{round}");
            if (over)
            {
                var other = new ChangingTree(target, seed, 200, 1 << 20);
                other.Change(150);
            }

            for (var kill = 0; kill < TortureScale.Pick(3, 10); kill++)
            {
                using var host = HostProcess.Start(Tuning, "restore", torture.Location, over ? [backup.Id, target, "force"] : [backup.Id, target]);
                await host.WaitUntilReadyAsync();
                await Task.Delay(random.Next(40, 250), Cancel);
                await host.KillAsync();
            }

            // One that was quicker than its executioner has nothing left to do.
            if (over || File.Exists(Path.Combine(target, ResumeMarker.Name)) || !Directory.Exists(target) || !Directory.EnumerateFileSystemEntries(target).Skip(1).Any())
            {
                var result = await torture.RestoreAsync(backup, target, new RestoreOptions { Force = over, Parallelism = 2 });
                Assert.True(result.Passed, string.Join('\n', result.Issues));
            }

            var actual = TreeDigest.Of(target);
            if (over)
            {
                foreach (var extra in actual.Keys.Where(k => !expected.ContainsKey(k) && !k.Contains(".drtools", StringComparison.Ordinal)).ToList())
                {
                    // What the target had and the backup does not know stays.
                    actual.Remove(extra);
                }
            }

            TreeDigest.AssertSame(expected, actual, $"seed {seed}, round {round}");
        }
    }

    [Fact]
    public async Task What_was_replaced_before_the_interruption_is_kept_until_the_resumed_restore_has_succeeded()
    {
        await using var torture = await TortureRepository.CreateAsync(Tuning);
        var tree = new ChangingTree(torture.At("tree"), 3, 30, 200_000);
        var backup = (await torture.BackUpAsync(tree.Root)).Backup;
        var target = torture.At("target");
        Directory.CreateDirectory(target);
        var name = Directory.GetFiles(tree.Root).Where(f => new FileInfo(f) is { Length: > 0, LinkTarget: null }).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal).First();
        await File.WriteAllTextAsync(Path.Combine(target, name), "precious", Cancel);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        using var writer = TreeWriter.Open(target, new TreeWriterOptions { Report = _ => { } });
        var marker = new ResumeMarker(target);
        marker.Write(torture.Repository, backup.Id, [".drtools-replaced"u8.ToArray()]);
        Directory.CreateDirectory(Path.Combine(target, ".drtools-replaced"));
        File.Move(Path.Combine(target, name), Path.Combine(target, ".drtools-replaced", name));
        await File.WriteAllTextAsync(Path.Combine(target, name), "half of what was to com", Cancel);

        var result = await torture.RestoreAsync(backup, target);
        Assert.True(result.Passed);
        Assert.Null(result.ReplacedFolder);
        TreeDigest.AssertSame(TreeDigest.Of(tree.Root), TreeDigest.Of(target), "resumed");
    }

    [Fact]
    public async Task The_marker_of_one_backup_does_not_let_another_overwrite()
    {
        await using var torture = await TortureRepository.CreateAsync(Tuning);
        var tree = new ChangingTree(torture.At("tree"), 4, 10, 50_000);
        var first = (await torture.BackUpAsync(tree.Root)).Backup;
        tree.Change(5);
        var second = (await torture.BackUpAsync(tree.Root)).Backup;
        var target = Directory.CreateDirectory(torture.At("target")).FullName;
        new ResumeMarker(target).Write(torture.Repository, first.Id, []);
        var e = await Assert.ThrowsAsync<DrException>(() => torture.RestoreAsync(second, target));
        Assert.Equal(DrError.TargetNotEmpty, e.Error);
        Assert.True((await torture.RestoreAsync(first, target)).Passed);
    }
}
