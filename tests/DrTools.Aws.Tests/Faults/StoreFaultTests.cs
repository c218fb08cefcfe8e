using DrTools.Aws.S3;
using DrTools.Aws.Tests.Servers;
using DrTools.Stores;

namespace DrTools.Aws.Tests.Faults;

/// <summary>What a store makes of single faults.</summary>
public sealed class StoreFaultTests(RadosGateway gateway)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Fault.ServerError)]
    [InlineData(Fault.ServerErrorAfterwards)]
    [InlineData(Fault.SlowDown)]
    [InlineData(Fault.Throttled)]
    [InlineData(Fault.ResetMidUpload)]
    [InlineData(Fault.ResetMidDownload)]
    [InlineData(Fault.LostAnswer)]
    [InlineData(Fault.Stall)]
    [InlineData(Fault.StallMidDownload)]
    [InlineData(Fault.Truncated)]
    [InlineData(Fault.FlippedUpload)]
    [InlineData(Fault.FlippedDownload)]
    public async Task Passing_fault_is_repeated_and_does_no_harm(Fault fault)
    {
        // Every kind of request meets it the first time.
        var met = new HashSet<string>();
        await using var proxy = new FaultProxy(gateway.Endpoint, request =>
        {
            var query = request.Target.IndexOf('?', StringComparison.Ordinal);
            var kind = request.Method + (query < 0 ? string.Empty : request.Target[query..].Split('=', '&')[0]) + (request.Target.Contains("small", StringComparison.Ordinal) ? "small" : "large");
            lock (met)
            {
                return met.Add(kind) ? fault : Fault.None;
            }
        });
        var isStall = fault is Fault.Stall or Fault.StallMidDownload;
        await using var store = S3Store.Open(gateway.LocationOf(await gateway.NewBucketAsync(), options: isStall ? "timeout=1" : string.Empty, endpoint: proxy.Endpoint), S3StoreLimits.Quick);
        var small = Content(1000);
        var large = Content(16_000_000);
        Assert.True(await store.TryPutAsync("a/small", small, Cancel));
        await using (var writer = await store.CreateAsync("a/large", Cancel))
        {
            await writer.WriteAsync(large, Cancel);
            await writer.CommitAsync(Cancel);
        }

        Assert.Equal(small, await ReadAsync(store, "a/small", small.Length));
        var read = new byte[large.Length];
        Assert.Equal(read.Length, await store.ReadAsync("a/large", 0, read, Cancel));
        if (fault != Fault.FlippedDownload)
        {
            // Of a large object no hash is known: there those who know what was written look twice.
            Assert.True(large.AsSpan().SequenceEqual(read));
        }

        var listed = await store.ListAllAsync("a/", Cancel);
        Assert.Equal([("a/large", (long)large.Length), ("a/small", small.Length)], listed.Select(o => (o.Name, o.Length)));
        Assert.False(await store.TryPutAsync("a/small", Content(5), Cancel));
        Assert.True(await store.DeleteAsync("a/small", Cancel));
        var expected = proxy.Injected - (fault == Fault.FlippedDownload ? 1 : 0);
        if (isStall)
        {
            // On a busy machine more may take a second.
            Assert.True(store.Traffic!.Retries >= expected);
        }
        else
        {
            Assert.Equal(expected, store.Traffic!.Retries);
        }

        Assert.True(proxy.Injected > 0);
    }

    [Fact]
    public async Task Large_object_whose_parts_fail_is_not_left_behind()
    {
        var bucket = await gateway.NewBucketAsync();
        await using var proxy = new FaultProxy(gateway.Endpoint, request => request.Target.Contains("partNumber=2", StringComparison.Ordinal) ? Fault.Denied : Fault.None);
        await using var store = S3Store.Open(gateway.LocationOf(bucket, endpoint: proxy.Endpoint), S3StoreLimits.Quick);
        await using (var writer = await store.CreateAsync("a", Cancel))
        {
            var e = await Assert.ThrowsAsync<DrException>(async () =>
            {
                await writer.WriteAsync(Content(16_000_000), Cancel);
                await writer.CommitAsync(Cancel);
            });
            Assert.Equal(DrError.StoreReadOnly, e.Error);
            Assert.Contains("s3:PutObject", e.Message, StringComparison.Ordinal);
        }

        Assert.Empty(await store.ListAllAsync(string.Empty, Cancel));
        var left = await gateway.Owner.ListMultipartUploadsAsync(bucket, Cancel);
        Assert.Empty(left.MultipartUploads ?? []);
    }

    [Fact]
    public async Task Uploads_of_writers_that_died_are_invisible_and_removed_when_they_are_old()
    {
        var bucket = await gateway.NewBucketAsync();
        await gateway.Owner.InitiateMultipartUploadAsync(bucket, "backups/one/packs/a", Cancel);
        await gateway.Owner.InitiateMultipartUploadAsync(bucket, "elsewhere/packs/b", Cancel);
        await using var store = S3Store.Open(gateway.LocationOf(bucket), S3StoreLimits.Quick);
        Assert.Empty(await store.ListAllAsync(string.Empty, Cancel));
        IObjectStore any = store;
        Assert.Equal(0, await any.RemoveAbandonedAsync(TimeSpan.FromHours(1), TimeProvider.System, Cancel));
        Assert.Equal(1, await any.RemoveAbandonedAsync(TimeSpan.FromHours(-1), TimeProvider.System, Cancel));
        var left = await gateway.Owner.ListMultipartUploadsAsync(bucket, Cancel);
        Assert.Equal("elsewhere/packs/b", Assert.Single(left.MultipartUploads).Key);
    }

    [Fact]
    public async Task Listing_that_lags_shows_what_this_process_did()
    {
        var lag = false;
        await using var proxy = new FaultProxy(gateway.Endpoint, _ => Volatile.Read(ref lag) ? Fault.OldListing : Fault.None);
        await using var store = S3Store.Open(gateway.LocationOf(await gateway.NewBucketAsync(), endpoint: proxy.Endpoint), S3StoreLimits.Quick);
        foreach (var name in new[] { "a/1", "a/3", "a/5" })
        {
            await store.TryPutAsync(name, Content(10), Cancel);
        }

        Assert.Equal(3, (await store.ListAllAsync("a/", Cancel)).Count);
        Volatile.Write(ref lag, true);
        foreach (var name in new[] { "a/0", "a/2", "a/9" })
        {
            await store.TryPutAsync(name, Content(20), Cancel);
        }

        await store.DeleteAsync("a/3", Cancel);
        var listed = await store.ListAllAsync("a/", Cancel);
        Assert.Equal([("a/0", 20L), ("a/1", 10L), ("a/2", 20L), ("a/5", 10L), ("a/9", 20L)], listed.Select(o => (o.Name, o.Length)));
        Assert.True(proxy.Counts[Fault.OldListing] > 0);
    }

    [Fact]
    public async Task Listing_goes_from_page_to_page()
    {
        await using var store = S3Store.Open(gateway.LocationOf(await gateway.NewBucketAsync()), S3StoreLimits.Quick with { ListPage = 3 });
        var names = Enumerable.Range(0, 10).Select(i => $"a/{i}").ToArray();
        foreach (var name in names)
        {
            await store.TryPutAsync(name, Content(1), Cancel);
        }

        Assert.Equal(names, (await store.ListAllAsync("a/", Cancel)).Select(o => o.Name));
        Assert.Equal(4, store.Traffic!.Lists);
    }

    [Fact]
    public async Task Object_that_is_read_from_front_to_back_takes_few_requests()
    {
        await using var store = S3Store.Open(gateway.LocationOf(await gateway.NewBucketAsync()), S3StoreLimits.Quick);
        var content = Content(20_000_000);
        await using (var writer = await store.CreateAsync("a", Cancel))
        {
            await writer.WriteAsync(content, Cancel);
            await writer.CommitAsync(Cancel);
        }

        var before = store.Traffic!;
        var read = new byte[content.Length];
        for (var at = 0; at < read.Length; at += 300_000)
        {
            var piece = read.AsMemory(at, Math.Min(300_000, read.Length - at));
            Assert.Equal(piece.Length, await store.ReadAsync("a", at, piece, Cancel));
        }

        Assert.True(content.AsSpan().SequenceEqual(read));
        Assert.InRange(store.Traffic!.Since(before).Gets, 5, 8);

        // What looks damaged is read from the server again, and what is removed is not there any more.
        before = store.Traffic!;
        store.Distrust("a");
        Assert.Equal(10, await store.ReadAsync("a", content.Length - 10, new byte[20], Cancel));
        Assert.Equal(1, store.Traffic!.Since(before).Gets);
        await store.DeleteAsync("a", Cancel);
        Assert.Equal(DrError.ObjectMissing, (await Assert.ThrowsAsync<DrException>(() => store.ReadAsync("a", content.Length - 10, new byte[5], Cancel).AsTask())).Error);
    }

    internal static byte[] Content(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        return content;
    }

    private static async Task<byte[]> ReadAsync(S3Store store, string name, int length)
    {
        var content = new byte[length];
        Assert.Equal(length, await store.ReadAsync(name, 0, content, Cancel));
        return content;
    }
}
