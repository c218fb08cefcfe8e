using DrTools.Stores;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DrTools.Tests.Stores;

/// <summary>Every promise of <see cref="IObjectStore"/>. A store gets these tests by deriving from this.</summary>
public abstract class ObjectStoreConformance
{
    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Opens the place that belongs to this test, empty at first; each call gives another instance.</summary>
    protected abstract ValueTask<IObjectStore> OpenAsync();

    public static TheoryData<string> BadNames =>
        ["", "/", "/a", "a/", "a//b", ".", "..", "a/./b", "a/../b", "a b", "a\\b", "ä", "a\0", "a:b", "tmp", "tmp/a", "TMP/a", new string('a', 256), Long(1025)];

    [Theory]
    [MemberData(nameof(BadNames))]
    public async Task Refuses_names_that_are_none(string name)
    {
        await using var store = await OpenAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => store.TryPutAsync(name, Bytes(1), Cancel).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => store.CreateAsync(name, Cancel).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => store.ReadAsync(name, 0, new byte[1], Cancel).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => store.DeleteAsync(name, Cancel).AsTask());
        Assert.Empty(await NamesAsync(store));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a/../")]
    [InlineData("/")]
    public async Task Refuses_prefixes_that_are_not_whole_segments(string prefix)
    {
        await using var store = await OpenAsync();
        Assert.Throws<ArgumentException>(() => store.ListAsync(prefix, Cancel));
    }

    [Theory]
    [InlineData("...")]
    [InlineData("-rf")]
    [InlineData("Aa0._-/b")]
    [InlineData("a/b/c/d/e/f")]
    [InlineData("tmpx/a")]
    [InlineData("a/tmp/b")]
    public async Task Takes_every_good_name(string name)
    {
        await using var store = await OpenAsync();
        Assert.True(await store.TryPutAsync(name, Bytes(3), Cancel));
        Assert.Equal(Bytes(3), await ReadAllAsync(store, name));
        Assert.Equal([name], await NamesAsync(store));
        Assert.True(await store.DeleteAsync(name, Cancel));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300)]
    [InlineData(100_000)]
    public async Task Put_object_is_readable_and_listed_at_once_by_everyone(int length)
    {
        await using var store = await OpenAsync();
        await using var other = await OpenAsync();
        Assert.True(await store.TryPutAsync("a/b", Bytes(length), Cancel));
        foreach (var each in new[] { store, other })
        {
            Assert.Equal(Bytes(length), await ReadAllAsync(each, "a/b"));
            var listed = Assert.Single(await ListAsync(each, ""));
            Assert.Equal("a/b", listed.Name);
            Assert.Equal(length, listed.Length);
            Assert.Equal(TimeSpan.Zero, listed.Created.Offset);
            Assert.InRange(listed.Created, DateTimeOffset.UtcNow.AddMinutes(-10), DateTimeOffset.UtcNow.AddMinutes(10));
        }
    }

    [Fact]
    public async Task Put_changes_nothing_when_the_name_is_taken()
    {
        await using var store = await OpenAsync();
        Assert.True(await store.TryPutAsync("a", Bytes(10), Cancel));
        Assert.False(await store.TryPutAsync("a", Bytes(20), Cancel));
        Assert.Equal(Bytes(10), await ReadAllAsync(store, "a"));
    }

    [Fact]
    public async Task Read_gives_exactly_the_range_and_less_only_at_the_end()
    {
        await using var store = await OpenAsync();
        var content = Bytes(1000);
        await store.TryPutAsync("a", content, Cancel);
        foreach (var (offset, count, expected) in new[] { (0, 1000, 1000), (0, 1, 1), (999, 1, 1), (500, 100, 100), (990, 100, 10), (1000, 10, 0), (5000, 10, 0), (3, 0, 0) })
        {
            var buffer = new byte[count];
            Assert.Equal(expected, await store.ReadAsync("a", offset, buffer, Cancel));
            Assert.Equal(content.Skip(offset).Take(expected), buffer.Take(expected));
        }

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.ReadAsync("a", -1, new byte[1], Cancel).AsTask());
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("missing/b")]
    [InlineData("folder")]
    public async Task Reading_what_is_not_there_says_so(string name)
    {
        await using var store = await OpenAsync();
        await store.TryPutAsync("folder/a", Bytes(1), Cancel);
        var e = await Assert.ThrowsAsync<DrException>(() => store.ReadAsync(name, 0, new byte[1], Cancel).AsTask());
        Assert.Equal(DrError.ObjectMissing, e.Error);
        Assert.Equal(name, e.Subject);
        Assert.Equal($"There is no object {name} in {store.Location}.", e.Message);
        Assert.NotEmpty(e.Remedy);
    }

    [Fact]
    public async Task Written_object_appears_with_its_commit()
    {
        await using var store = await OpenAsync();
        await using var writer = await store.CreateAsync("packs/1", Cancel);
        var content = Bytes(17_000_000);
        var buffer = new byte[1 << 20];
        for (int at = 0, size = 1; at < content.Length; at += size, size = Math.Min(buffer.Length, size * 3))
        {
            size = Math.Min(size, content.Length - at);
            content.AsSpan(at, size).CopyTo(buffer);
            await writer.WriteAsync(buffer.AsMemory(0, size), Cancel);
            Array.Clear(buffer);
        }

        Assert.Empty(await NamesAsync(store));
        await Assert.ThrowsAsync<DrException>(() => ReadAllAsync(store, "packs/1"));
        Assert.False(await store.DeleteAsync("packs/1", Cancel));
        await writer.CommitAsync(Cancel);
        Assert.Equal(content.Length, Assert.Single(await ListAsync(store, "packs/")).Length);
        var read = await ReadAllAsync(store, "packs/1");
        Assert.True(content.AsSpan().SequenceEqual(read));
    }

    [Fact]
    public async Task Empty_object_can_be_written()
    {
        await using var store = await OpenAsync();
        await using (var writer = await store.CreateAsync("a", Cancel))
        {
            await writer.CommitAsync(Cancel);
        }

        Assert.Equal(0, Assert.Single(await ListAsync(store, "")).Length);
    }

    [Fact]
    public async Task Writer_without_a_commit_leaves_the_name_free()
    {
        await using var store = await OpenAsync();
        await using (var writer = await store.CreateAsync("a/b", Cancel))
        {
            await writer.WriteAsync(Bytes(100_000), Cancel);
        }

        Assert.Empty(await NamesAsync(store));
        Assert.True(await store.TryPutAsync("a/b", Bytes(5), Cancel));
    }

    [Fact]
    public async Task Commit_fails_when_the_name_was_taken_meanwhile()
    {
        await using var store = await OpenAsync();
        await using var writer = await store.CreateAsync("a/b", Cancel);
        await writer.WriteAsync(Bytes(100), Cancel);
        Assert.True(await store.TryPutAsync("a/b", Bytes(5), Cancel));
        var e = await Assert.ThrowsAsync<DrException>(() => writer.CommitAsync(Cancel).AsTask());
        Assert.Equal(DrError.ObjectExists, e.Error);
        Assert.Equal("a/b", e.Subject);
        Assert.Equal($"There is an object a/b in {store.Location} already.", e.Message);
        Assert.Equal(Bytes(5), await ReadAllAsync(store, "a/b"));
    }

    [Fact]
    public async Task Writer_is_good_for_one_commit()
    {
        await using var store = await OpenAsync();
        var writer = await store.CreateAsync("a", Cancel);
        await writer.CommitAsync(Cancel);
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.CommitAsync(Cancel).AsTask());
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.WriteAsync(Bytes(1), Cancel).AsTask());
        await writer.DisposeAsync();
        await writer.DisposeAsync();
        Assert.Equal(["a"], await NamesAsync(store));
    }

    [Fact]
    public async Task Of_racing_putters_exactly_one_wins()
    {
        await RaceAsync(async (store, name, racer) => await store.TryPutAsync(name, Bytes(300 + racer), Cancel));
    }

    [Fact]
    public async Task Of_racing_writers_exactly_one_wins()
    {
        await RaceAsync(async (store, name, racer) =>
        {
            await using var writer = await store.CreateAsync(name, Cancel);
            await writer.WriteAsync(Bytes(300 + racer), Cancel);
            try
            {
                await writer.CommitAsync(Cancel);
                return true;
            }
            catch (DrException e) when (e.Error == DrError.ObjectExists)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task Removed_object_is_gone_at_once_for_everyone()
    {
        await using var store = await OpenAsync();
        await using var other = await OpenAsync();
        for (var round = 1; round <= 3; round++)
        {
            Assert.True(await store.TryPutAsync("a/b", Bytes(round * 10), Cancel));
            Assert.Equal(Bytes(round * 10), await ReadAllAsync(store, "a/b"));
            Assert.Equal(Bytes(round * 10), await ReadAllAsync(other, "a/b"));
            Assert.True(await store.DeleteAsync("a/b", Cancel));
            if (round == 2)
            {
                // The next of that name is another object, whatever was kept of this one.
                continue;
            }

            foreach (var each in new[] { store, other })
            {
                var e = await Assert.ThrowsAsync<DrException>(() => ReadAllAsync(each, "a/b"));
                Assert.Equal(DrError.ObjectMissing, e.Error);
                Assert.Empty(await NamesAsync(each));
            }

            Assert.False(await other.DeleteAsync("a/b", Cancel));
        }
    }

    [Fact]
    public async Task Removing_what_is_not_there_tells_so()
    {
        await using var store = await OpenAsync();
        await store.TryPutAsync("a/b", Bytes(1), Cancel);
        Assert.False(await store.DeleteAsync("c", Cancel));
        Assert.False(await store.DeleteAsync("c/d", Cancel));
        Assert.False(await store.DeleteAsync("a", Cancel));
        Assert.Equal(["a/b"], await NamesAsync(store));
    }

    [Fact]
    public async Task Lists_whole_segments_in_ordinal_order()
    {
        await using var store = await OpenAsync();
        string[] names = ["Z", "a-b", "a.b/c", "a/-", "a/0", "a/b/c", "a/b0", "a0", "ab/c", "b/Z", "b/_", "b/a"];
        foreach (var name in names.Reverse())
        {
            await store.TryPutAsync(name, Bytes(1), Cancel);
        }

        Assert.Equal(names, await NamesAsync(store));
        Assert.Equal(["a/-", "a/0", "a/b/c", "a/b0"], await NamesAsync(store, "a/"));
        Assert.Equal(["a/b/c"], await NamesAsync(store, "a/b/"));
        Assert.Empty(await NamesAsync(store, "c/"));
        Assert.Empty(await NamesAsync(store, "Z/"));
    }

    [Fact]
    public async Task Lists_any_set_of_names_in_ordinal_order()
    {
        var segment = Gen.Elements("a", "b", "a-", "a.", "a0", "A", "_", "-", "0.1");
        var folders = from depth in Gen.Choose(0, 2) from parts in segment.ArrayOf(depth) select parts;

        // A leaf is never a folder's name, because a file system cannot have both.
        var name = from parts in folders from leaf in segment select string.Join('/', [.. parts, leaf + "x"]);
        await using var store = await OpenAsync();
        foreach (var names in name.ArrayOf(12).Sample(8, 12))
        {
            var expected = names.Distinct().Order(StringComparer.Ordinal).ToArray();
            foreach (var each in names)
            {
                await store.TryPutAsync(each, Bytes(1), Cancel);
            }

            Assert.Equal(expected, await NamesAsync(store));
            foreach (var each in expected)
            {
                Assert.True(await store.DeleteAsync(each, Cancel));
            }

            Assert.Empty(await NamesAsync(store));
        }
    }

    [Fact]
    public async Task Listing_stands_objects_that_come_and_go()
    {
        await using var store = await OpenAsync();
        await store.TryPutAsync("a/keep", Bytes(1), Cancel);
        await store.TryPutAsync("z/keep", Bytes(1), Cancel);
        var churn = Task.Run(
            async () =>
            {
                for (var i = 0; i < 150; i++)
                {
                    await store.TryPutAsync($"m/{i % 3}/x", Bytes(1), Cancel);
                    await store.DeleteAsync($"m/{(i + 1) % 3}/x", Cancel);
                }
            },
            Cancel);
        do
        {
            var names = await NamesAsync(store);
            Assert.Equal(names.Order(StringComparer.Ordinal), names);
            Assert.Contains("a/keep", names);
            Assert.Contains("z/keep", names);
        }
        while (!churn.IsCompleted);
        await churn;
    }

    [Fact]
    public async Task Reading_beside_a_removal_gives_all_or_says_missing()
    {
        await using var store = await OpenAsync();
        var content = Bytes(50_000);
        for (var round = 0; round < 20; round++)
        {
            await store.TryPutAsync("a/b", content, Cancel);
            var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(
                async () =>
                {
                    try
                    {
                        while (true)
                        {
                            Assert.Equal(content.Length, (await ReadAllAsync(store, "a/b")).Length);
                        }
                    }
                    catch (DrException e) when (e.Error == DrError.ObjectMissing)
                    {
                        return true;
                    }
                },
                Cancel)).ToArray();
            await store.DeleteAsync("a/b", Cancel);
            Assert.All(await Task.WhenAll(readers), Assert.True);
        }
    }

    [Fact]
    public async Task Many_objects_can_be_read_in_parallel()
    {
        await using var store = await OpenAsync();
        for (var i = 0; i < 60; i++)
        {
            await store.TryPutAsync($"p/{i}", Bytes(1000 + i), Cancel);
        }

        await Parallel.ForAsync(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancel }, async (i, cancel) =>
        {
            var n = i * 7 % 60;
            var buffer = new byte[64];
            Assert.Equal(64, await store.ReadAsync($"p/{n}", n, buffer, cancel));
            Assert.Equal(Bytes(1060)[n..(n + 64)], buffer);
        });
    }

    [Fact]
    public async Task Cancelled_calls_change_nothing()
    {
        await using var store = await OpenAsync();
        var cancelled = new CancellationToken(canceled: true);
        await using var writer = await store.CreateAsync("b", Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.TryPutAsync("a", Bytes(1), cancelled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.CreateAsync("a", cancelled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writer.WriteAsync(Bytes(1), cancelled).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writer.CommitAsync(cancelled).AsTask());
        Assert.Empty(await NamesAsync(store));
    }

    protected static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = (byte)(i * 31 + (i >> 8));
        }

        return bytes;
    }

    protected static async Task<byte[]> ReadAllAsync(IObjectStore store, string name)
    {
        using var all = new MemoryStream();
        var buffer = new byte[70_000];
        for (var offset = 0; ;)
        {
            var read = await store.ReadAsync(name, offset, buffer, Cancel);
            all.Write(buffer, 0, read);
            offset += read;
            if (read < buffer.Length)
            {
                return all.ToArray();
            }
        }
    }

    protected static async Task<List<StoredObject>> ListAsync(IObjectStore store, string prefix)
    {
        var list = new List<StoredObject>();
        await foreach (var each in store.ListAsync(prefix, Cancel))
        {
            list.Add(each);
        }

        return list;
    }

    protected static async Task<string[]> NamesAsync(IObjectStore store, string prefix = "") =>
        [.. (await ListAsync(store, prefix)).Select(o => o.Name)];

    private static string Long(int length) => string.Join('/', Enumerable.Repeat(new string('a', 99), 12))[..length];

    private async Task RaceAsync(Func<IObjectStore, string, int, Task<bool>> attempt)
    {
        await using var one = await OpenAsync();
        await using var two = await OpenAsync();
        for (var round = 0; round < 15; round++)
        {
            var name = $"race/{round}/x";
            using var start = new Barrier(8);
            var racers = Enumerable.Range(0, 8).Select(i => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait(Cancel);
                    return attempt(i % 2 == 0 ? one : two, name, i);
                },
                Cancel,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).Unwrap());
            var won = await Task.WhenAll(racers);
            Assert.Single(won, true);
            Assert.Equal(Bytes(300 + Array.IndexOf(won, true)), await ReadAllAsync(one, name));
        }
    }
}
