using DrTools.Stores;
using Xunit;

namespace DrTools.Tests.Stores;

public class DirectoryStoreTests : ObjectStoreConformance, IDisposable
{
    private readonly ScratchFolder _scratch = new();

    protected string Folder => Path.Combine(_scratch.Path, "store");

    protected override ValueTask<IObjectStore> OpenAsync() => ValueTask.FromResult<IObjectStore>(Open());

    private protected virtual DirectoryStore Open() => DirectoryStore.Open(Folder, create: true);

    public void Dispose()
    {
        _scratch.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Nothing_but_the_object_remains_on_the_disk()
    {
        await using var store = Open();
        await store.TryPutAsync("a/b/c", Bytes(10), Cancel);
        await store.TryPutAsync("a/b/c", Bytes(20), Cancel);
        await using (var aborted = await store.CreateAsync("x/y", Cancel))
        {
            await aborted.WriteAsync(Bytes(1000), Cancel);
            Assert.Single(Directory.GetFiles(Path.Combine(Folder, "tmp")));
        }

        await using (var late = await store.CreateAsync("a/b/c", Cancel))
        {
            await late.WriteAsync(Bytes(1000), Cancel);
            await Assert.ThrowsAsync<DrException>(() => late.CommitAsync(Cancel).AsTask());
            Assert.Empty(Directory.GetFiles(Path.Combine(Folder, "tmp")));
        }

        Assert.Equal(["a/b/c"], FilesIn(Folder));
        Assert.False(Directory.Exists(Path.Combine(Folder, "x")));
    }

    [Fact]
    public async Task Emptied_folders_go_and_come_again()
    {
        await using var store = Open();
        await using var other = Open();
        for (var round = 0; round < 3; round++)
        {
            Assert.True(await store.TryPutAsync("a/b/c", Bytes(10), Cancel));
            Assert.True(await store.TryPutAsync("a/d", Bytes(10), Cancel));
            await other.DeleteAsync("a/b/c", Cancel);
            Assert.False(Directory.Exists(Path.Combine(Folder, "a/b")));
            Assert.True(Directory.Exists(Path.Combine(Folder, "a")));
            await other.DeleteAsync("a/d", Cancel);
            Assert.False(Directory.Exists(Path.Combine(Folder, "a")));
        }
    }

    [Fact]
    public async Task Creators_stand_removers_of_their_folders()
    {
        await using var one = Open();
        await using var two = Open();
        await Parallel.ForAsync(0, 6, new ParallelOptions { MaxDegreeOfParallelism = 6, CancellationToken = Cancel }, async (worker, cancel) =>
        {
            var store = worker % 2 == 0 ? one : two;
            for (var i = 0; i < 60; i++)
            {
                var name = $"a/{i % 2}/{worker}";
                Assert.True(await store.TryPutAsync(name, Bytes(i), cancel));
                Assert.Equal(Bytes(i), await ReadAllAsync(store, name));
                Assert.True(await store.DeleteAsync(name, cancel));
            }
        });
        Assert.Equal(["tmp"], Directory.GetFileSystemEntries(Folder).Select(Path.GetFileName));
        Assert.Empty(FilesIn(Folder));
    }

    [Fact]
    public async Task Files_that_are_no_objects_are_passed_over()
    {
        await using var store = Open();
        await store.TryPutAsync("a/b", Bytes(1), Cancel);
        await using var pending = await store.CreateAsync("a/c", Cancel);
        await File.WriteAllTextAsync(Path.Combine(Folder, "a", "no object"), "", Cancel);
        Directory.CreateDirectory(Path.Combine(Folder, "lost+found"));
        Assert.Equal(["a/b"], await NamesAsync(store));
    }

    [Fact]
    public async Task Keeps_a_bounded_number_of_files_open()
    {
        await using var store = Open();
        for (var i = 0; i < 40; i++)
        {
            await store.TryPutAsync($"a/{i}", Bytes(1), Cancel);
            await ReadAllAsync(store, $"a/{i}");
        }

        Assert.Equal(32, store.OpenReaders);
        await store.DeleteAsync("a/39", Cancel);
        Assert.Equal(31, store.OpenReaders);
    }

    [Fact]
    public async Task Abandoned_files_are_removed_and_those_in_use_are_not()
    {
        await using var store = Open();
        Assert.Equal(0, await store.RemoveAbandonedAsync(TimeSpan.Zero, TimeProvider.System, Cancel));
        await using var live = await store.CreateAsync("live", Cancel);
        await live.WriteAsync(Bytes(10), Cancel);
        var temp = Path.Combine(Folder, "tmp");
        var (old, fresh) = (Path.Combine(temp, "old"), Path.Combine(temp, "fresh"));
        await File.WriteAllTextAsync(old, "x", Cancel);
        await File.WriteAllTextAsync(fresh, "x", Cancel);
        foreach (var file in Directory.GetFiles(temp))
        {
            if (file != fresh)
            {
                File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-3));
            }
        }

        Assert.Equal(1, await store.RemoveAbandonedAsync(TimeSpan.FromHours(2), TimeProvider.System, Cancel));
        Assert.False(File.Exists(old));
        Assert.True(File.Exists(fresh));
        await live.CommitAsync(Cancel);
        Assert.Equal(Bytes(10), await ReadAllAsync(store, "live"));
        Assert.Equal(1, await store.RemoveAbandonedAsync(TimeSpan.FromHours(2), new LaterClock(TimeSpan.FromHours(3)), Cancel));
    }

    [Fact]
    public async Task Others_cannot_read_a_repository()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Permission bits are those of Unix.");
            return;
        }

        Directory.CreateDirectory(Folder, (UnixFileMode)0b111_111_101);
        await using var store = DirectoryStore.Open(Folder, create: false);
        await store.TryPutAsync("header", Bytes(1), Cancel);
        await store.TryPutAsync("a/b", Bytes(1), Cancel);
        foreach (var entry in Directory.GetFileSystemEntries(Folder, "*", SearchOption.AllDirectories))
        {
            Assert.Equal(0, (int)File.GetUnixFileMode(entry) & 0b111);
        }

        Assert.NotEqual(0, (int)File.GetUnixFileMode(Path.Combine(Folder, "header")) & 0b100_000);
        Assert.Equal(0, (int)File.GetUnixFileMode(Path.Combine(Folder, "header")) & 0b010_000);
    }

    [Fact]
    public void Folder_is_made_only_when_told_to()
    {
        var e = Assert.Throws<DrException>(() => DirectoryStore.Open(Folder, create: false));
        Assert.Equal(DrError.RepositoryMissing, e.Error);
        Assert.Equal($"There is no folder {Folder}.", e.Message);
        Assert.False(Directory.Exists(Folder));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void File_is_no_store(bool create)
    {
        File.WriteAllText(Folder, "");
        foreach (var path in new[] { Folder, Path.Combine(Folder, "below") })
        {
            var e = Assert.Throws<DrException>(() => DirectoryStore.Open(path, create));
            Assert.True(e.Error is DrError.StoreFailure or DrError.RepositoryMissing, e.ToString());
        }
    }

    [Fact]
    public async Task Store_whose_folder_has_gone_is_not_an_empty_one()
    {
        await using var store = Open();
        Directory.Delete(Folder, recursive: true);
        var e = await Assert.ThrowsAsync<DrException>(() => NamesAsync(store));
        Assert.Equal(DrError.StoreFailure, e.Error);
        e = await Assert.ThrowsAsync<DrException>(() => store.TryPutAsync("a", Bytes(1), Cancel).AsTask());
        Assert.Equal(DrError.StoreFailure, e.Error);
        Assert.False(Directory.Exists(Folder));
    }

    [Fact]
    public async Task Disposed_store_refuses_work()
    {
        var store = Open();
        await store.TryPutAsync("a", Bytes(1), Cancel);
        await store.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.TryPutAsync("b", Bytes(1), Cancel).AsTask());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.ReadAsync("a", 0, new byte[1], Cancel).AsTask());
    }

    private static string[] FilesIn(string folder) =>
        [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f))];

    private sealed class LaterClock(TimeSpan later) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UtcNow + later;
    }
}
