using DrTools.Stores;
using Xunit;

namespace DrTools.Tests.Stores;

/// <summary>What a directory store says and leaves behind when its disk is full, read-only or broken.</summary>
public sealed class DirectoryStoreDiskTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Full_disk_leaves_no_trace_of_the_object_and_takes_others_once_there_is_room()
    {
        using var disk = new SmallDisk();
        await using var store = DirectoryStore.Open(disk.Path, create: false);
        Assert.True(await store.TryPutAsync("a/kept", new byte[1 << 20], Cancel));
        var piece = new byte[1 << 20];
        await using var writer = await store.CreateAsync("packs/big", Cancel);
        var e = await Assert.ThrowsAsync<DrException>(async () =>
        {
            while (true)
            {
                await writer.WriteAsync(piece, Cancel);
            }
        });
        Assert.Equal(DrError.OutOfSpace, e.Error);
        Assert.Equal("packs/big", e.Subject);
        Assert.Matches($@"^Writing packs/big to {disk.Path} failed: the file system is full \([23]\.1 MB of the object were written, [12]\.\d MB were to follow; \d.* are free\)\.$", e.Message);
        Assert.Equal($"Free space on the file system of {disk.Path}, or remove old backups, and run it again.", e.Remedy);

        // What was written is freed at once, not only when the writer is disposed.
        Assert.Empty(Directory.GetFiles(Path.Combine(disk.Path, "tmp")));
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.CommitAsync(Cancel).AsTask());
        Assert.True(await store.TryPutAsync("packs/big", new byte[2 << 20], Cancel));
        e = await Assert.ThrowsAsync<DrException>(() => store.TryPutAsync("packs/bigger", new byte[2 << 20], Cancel).AsTask());
        Assert.Equal(DrError.OutOfSpace, e.Error);
        Assert.Empty(Directory.GetFiles(Path.Combine(disk.Path, "tmp")));
        Assert.False(File.Exists(Path.Combine(disk.Path, "packs/bigger")));
    }

    [Fact]
    public async Task Disk_without_inodes_is_full_too()
    {
        // The top, tmp/ and one file in it.
        using var disk = new SmallDisk("size=4m,nr_inodes=3");
        await using var store = DirectoryStore.Open(disk.Path, create: false);
        var e = await Assert.ThrowsAsync<DrException>(() => store.TryPutAsync("a/b", new byte[10], Cancel).AsTask());
        Assert.Equal(DrError.OutOfSpace, e.Error);
        Assert.Equal("a/b", e.Subject);
        Assert.Empty(Directory.GetFiles(Path.Combine(disk.Path, "tmp")));
        Assert.True(await store.TryPutAsync("a", new byte[10], Cancel));
    }

    [Fact]
    public async Task Read_only_disk_can_be_read_and_says_what_it_is()
    {
        using var disk = new SmallDisk();
        await using (var store = DirectoryStore.Open(disk.Path, create: false))
        {
            await store.TryPutAsync("a/b", new byte[10], Cancel);
        }

        disk.MakeReadOnly();
        await using var readOnly = DirectoryStore.Open(disk.Path, create: true);
        Assert.Equal(10, await readOnly.ReadAsync("a/b", 0, new byte[20], Cancel));
        await AssertReadOnly("Writing a/c", () => readOnly.TryPutAsync("a/c", new byte[10], Cancel).AsTask());
        await AssertReadOnly("Writing a/c", () => readOnly.CreateAsync("a/c", Cancel).AsTask());
        await AssertReadOnly("Removing a/b", () => readOnly.DeleteAsync("a/b", Cancel).AsTask());
        Assert.Equal(DrError.StoreReadOnly, Assert.Throws<DrException>(() => DirectoryStore.Open(disk.Path + "/new", create: true)).Error);

        async Task AssertReadOnly(string act, Func<Task> work)
        {
            var e = await Assert.ThrowsAsync<DrException>(work);
            Assert.Equal(DrError.StoreReadOnly, e.Error);
            Assert.Equal($"{act} in {disk.Path} failed: the file system is mounted read-only.", e.Message);
            Assert.Equal(act.Split(' ')[1], e.Subject);
        }
    }

    [Theory]
    [InlineData(Errno.NoSpace, DrError.OutOfSpace)]
    [InlineData(Errno.QuotaExceeded, DrError.OutOfSpace)]
    [InlineData(Errno.ReadOnlyFileSystem, DrError.StoreReadOnly)]
    [InlineData(Errno.Access, DrError.StoreReadOnly)]
    [InlineData(Errno.Perm, DrError.StoreReadOnly)]
    [InlineData(5, DrError.StoreFailure)] // EIO
    [InlineData(116, DrError.StoreFailure)] // ESTALE
    public void Every_error_number_of_a_write_has_its_identifier(int errno, DrError expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "These are numbers of Linux.");
        var cause = Libc.Failure(errno);
        Exception[] shapes = [cause, new UnauthorizedAccessException("denied", cause)];
        foreach (var shape in shapes)
        {
            var e = new DirectoryFailure("backups", "/tmp").Writing("a/b", 3 << 20, 300, shape);
            Assert.Equal(expected, e.Error);
            Assert.Equal("a/b", e.Subject);
            Assert.Same(shape, e.InnerException);
            Assert.StartsWith("Writing a/b ", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Used_up_quota_is_told_from_a_full_disk()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The number is one of Linux.");
        var e = new DirectoryFailure("backups", "/tmp").Writing("a/b", 3 << 20, 300, Libc.Failure(Errno.QuotaExceeded));
        Assert.Matches(@"^Writing a/b to backups failed: the disk quota is used up \(3.1 MB of the object were written, 300 B were to follow; .* are free on the file system\)\.$", e.Message);
    }

    [Fact]
    public void Dotnet_gives_errno_as_the_error_mapping_expects()
    {
        using var disk = new SmallDisk();
        using (var full = File.OpenHandle(disk.Path + "/full", FileMode.CreateNew, FileAccess.Write))
        {
            Assert.Equal(Errno.NoSpace, Assert.Throws<IOException>(() => RandomAccess.Write(full, new byte[5 << 20], 0)).HResult);
        }

        disk.MakeReadOnly();
        Assert.Equal(Errno.ReadOnlyFileSystem, Assert.Throws<IOException>(() => Directory.CreateDirectory(disk.Path + "/a")).HResult);
        Assert.Equal(Errno.ReadOnlyFileSystem, Assert.Throws<IOException>(() => File.Delete(disk.Path + "/full")).HResult);

        // Nobody, not even root, can remove a file of /proc.
        var denied = Assert.Throws<UnauthorizedAccessException>(() => File.Delete("/proc/version"));
        Assert.Equal(Errno.Perm, Assert.IsType<IOException>(denied.InnerException).HResult);
    }
}
