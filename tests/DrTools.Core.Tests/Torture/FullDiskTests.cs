using System.Security.Cryptography;
using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Restore;
using DrTools.Tests.Stores;
using Xunit;

namespace DrTools.Tests.Torture;

/// <summary>Disks that are full or read-only, on the side of the repository and on that of the target.</summary>
public sealed class FullDiskTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    public async Task A_backup_onto_a_full_disk_fails_and_is_resumed_when_there_is_room(int megabytesOfOthers)
    {
        using var disk = new SmallDisk("size=16m");
        await using var torture = await TortureRepository.CreateAsync(new RepositoryTuning { PackLength = 256 << 10 }, location: Path.Combine(disk.Path, "repository"));
        var tree = Directory.CreateDirectory(torture.At("tree")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(tree, "first"), RandomNumberGenerator.GetBytes(2 << 20), Cancel);
        var older = (await torture.BackUpAsync(tree, BackupType.Full)).Backup;
        var before = TreeDigest.Of(tree);

        var ballast = Path.Combine(disk.Path, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[megabytesOfOthers << 20], Cancel);
        for (var i = 0; i < 20; i++)
        {
            await File.WriteAllBytesAsync(Path.Combine(tree, $"large{i:d2}"), RandomNumberGenerator.GetBytes(600_000), Cancel);
        }

        var e = await Assert.ThrowsAsync<DrException>(() => torture.BackUpAsync(tree));
        Assert.Equal(DrError.OutOfSpace, e.Error);
        Assert.Matches("is full .* were written, .* were to follow; .* are free", e.Message);
        Assert.StartsWith("Free space on the file system of ", e.Remedy, StringComparison.Ordinal);
        var stored = torture.PackBytes();
        Assert.True(stored > (12 - megabytesOfOthers) << 20, $"{stored} bytes were stored before the disk was full.");
        Assert.Equal(older.Id, Assert.Single(await torture.AssertWholeAsync("full")).Id);
        TreeDigest.AssertSame(before, await torture.RestoreAndDigestAsync(older), "the older one");

        File.Delete(ballast);
        await torture.ExpireAsync("last=5", TimeSpan.FromDays(1));
        using (var grow = System.Diagnostics.Process.Start("mount", ["-o", "remount,size=40m", disk.Path]))
        {
            await grow.WaitForExitAsync(Cancel);
        }

        var resumed = await torture.BackUpAsync(tree);
        Assert.Contains(resumed.Notes, n => n.Contains("interrupted backup", StringComparison.Ordinal));
        Assert.True(torture.PackBytes() < 15.5 * (1 << 20), $"{torture.PackBytes()} bytes for 14 MB of content.");
        TreeDigest.AssertSame(TreeDigest.Of(tree), await torture.RestoreAndDigestAsync(resumed.Backup), "resumed");
        await torture.AssertWholeAsync("resumed");
    }

    [Fact]
    public async Task A_disk_that_takes_not_one_more_byte_loses_nothing_either()
    {
        using var disk = new SmallDisk("size=8m");
        await using var torture = await TortureRepository.CreateAsync(new RepositoryTuning { PackLength = 256 << 10 }, location: Path.Combine(disk.Path, "repository"));
        var tree = Directory.CreateDirectory(torture.At("tree")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(tree, "first"), RandomNumberGenerator.GetBytes(1 << 20), Cancel);
        var older = (await torture.BackUpAsync(tree, BackupType.Full)).Backup;
        Fill(disk.Path);
        await File.WriteAllBytesAsync(Path.Combine(tree, "second"), RandomNumberGenerator.GetBytes(1 << 20), Cancel);
        var e = await Assert.ThrowsAsync<DrException>(() => torture.BackUpAsync(tree));
        Assert.Equal(DrError.OutOfSpace, e.Error);
        Assert.Equal(older.Id, Assert.Single(await torture.ListAsync()).Id);
        var restored = await torture.RestoreAsync(older, torture.At("restored"));
        Assert.True(restored.Passed);
        Assert.Contains("The journal has no record of this", Assert.Single(restored.Notes), StringComparison.Ordinal);
        File.Delete(Path.Combine(disk.Path, "ballast"));
        var next = await torture.BackUpAsync(tree);
        TreeDigest.AssertSame(TreeDigest.Of(tree), await torture.RestoreAndDigestAsync(next.Backup), "room again");
        await torture.AssertWholeAsync("room again");
    }

    [Fact]
    public async Task A_repository_that_is_mounted_read_only_still_restores_and_verifies()
    {
        using var disk = new SmallDisk("size=8m");
        await using var torture = await TortureRepository.CreateAsync(location: Path.Combine(disk.Path, "repository"));
        var tree = new ChangingTree(torture.At("tree"), 7, 10, 100_000);
        var backup = (await torture.BackUpAsync(tree.Root)).Backup;
        disk.MakeReadOnly();
        await torture.ReopenAsync();
        var e = await Assert.ThrowsAsync<DrException>(() => torture.BackUpAsync(tree.Root));
        Assert.Equal(DrError.StoreReadOnly, e.Error);
        TreeDigest.AssertSame(TreeDigest.Of(tree.Root), await torture.RestoreAndDigestAsync(backup), "read-only");
        var verified = await torture.NewVerifier().VerifyAsync(backup.Id, null, Cancel);
        Assert.True(verified.Passed);
        Assert.Contains("The journal has no record of this", Assert.Single(verified.Notes), StringComparison.Ordinal);
        Assert.True((await torture.CheckAsync()).Passed);
        e = await Assert.ThrowsAsync<DrException>(() => torture.ExpireAsync("last=1"));
        Assert.Equal(DrError.StoreReadOnly, e.Error);
    }

    [Fact]
    public async Task A_restore_onto_a_disk_that_fills_up_keeps_what_it_replaced_and_is_resumed()
    {
        await using var torture = await TortureRepository.CreateAsync();
        var tree = Directory.CreateDirectory(torture.At("tree")).FullName;
        for (var i = 0; i < 12; i++)
        {
            await File.WriteAllBytesAsync(Path.Combine(tree, $"f{i:d2}"), RandomNumberGenerator.GetBytes(1 << 20), Cancel);
        }

        var backup = (await torture.BackUpAsync(tree)).Backup;
        using var disk = new SmallDisk("size=20m");
        var target = Path.Combine(disk.Path, "target");
        Directory.CreateDirectory(target);
        var old = new Dictionary<string, byte[]>();
        for (var i = 0; i < 12; i++)
        {
            old[$"f{i:d2}"] = RandomNumberGenerator.GetBytes(800_000);
            await File.WriteAllBytesAsync(Path.Combine(target, $"f{i:d2}"), old[$"f{i:d2}"], Cancel);
        }

        var e = await Assert.ThrowsAsync<DrException>(() => torture.RestoreAsync(backup, target, new RestoreOptions { Force = true }));
        Assert.Equal(DrError.OutOfSpace, e.Error);
        Assert.Matches("B are needed|needs .*B, and", e.Message);

        // Or it finds out only on the way, when something else takes the space that was free.
        using (var ballast = new SpaceEater(Path.Combine(target, "..", "ballast")))
        {
            await GrowAsync(disk, 30);
            var interrupted = new RestoreEngine(torture.Repository).RestoreAsync(
                backup, target, new RestoreOptions { Force = true, Parallelism = 2 }, new Immediately(_ => ballast.Eat()), Cancel);
            e = await Assert.ThrowsAsync<DrException>(() => interrupted);
            Assert.Equal(DrError.OutOfSpace, e.Error);
            foreach (var (name, content) in old)
            {
                var kept = Path.Combine(target, ".drtools-replaced", name);
                var still = Path.Combine(target, name);
                Assert.True(
                    (File.Exists(kept) && content.SequenceEqual(File.ReadAllBytes(kept)))
                    || (File.Exists(still) && content.SequenceEqual(File.ReadAllBytes(still))),
                    $"{name} was lost.");
            }
        }

        await GrowAsync(disk, 60);
        var resumed = await torture.RestoreAsync(backup, target);
        Assert.True(resumed.Passed);
        TreeDigest.AssertSame(TreeDigest.Of(tree), TreeDigest.Of(target), "resumed");
    }

    private static async Task GrowAsync(SmallDisk disk, int megabytes)
    {
        using var grow = System.Diagnostics.Process.Start("mount", ["-o", $"remount,size={megabytes}m", disk.Path]);
        await grow.WaitForExitAsync(Cancel);
        Assert.Equal(0, grow.ExitCode);
    }

    private static void Fill(string folder)
    {
        using var ballast = new SpaceEater(Path.Combine(folder, "ballast"), keep: true);
        ballast.Eat();
    }

    private sealed class Immediately(Action<RestoreProgress> action) : IProgress<RestoreProgress>
    {
        public void Report(RestoreProgress value) => action(value);
    }

    /// <summary>A file that takes all space there is.</summary>
    private sealed class SpaceEater(string path, bool keep = false) : IDisposable
    {
        public void Eat()
        {
            try
            {
                using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.None, 0);
                var piece = new byte[4096];
                while (true)
                {
                    file.Write(piece);
                }
            }
            catch (IOException)
            {
                // Full.
            }
        }

        public void Dispose()
        {
            if (!keep)
            {
                File.Delete(path);
            }
        }
    }
}
