using DrTools.Aws.S3;
using DrTools.Aws.Tests.Servers;

namespace DrTools.Aws.Tests.Stores;

/// <summary>What is read from front to back takes few requests, and nothing is fetched for nothing.</summary>
public sealed class ReadAheadTests(RadosGateway gateway) : IAsyncLifetime
{
    private const int Frame = 20 << 10;

    private static readonly S3Limits Limits = S3StoreLimits.Quick with { ReadAhead = 256 << 10, ReadWindows = 6 };

    private readonly byte[] _content = new byte[16 << 20];
    private S3Store _store = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        new Random(7).NextBytes(_content);
        _store = S3Store.Open(gateway.LocationOf(await gateway.NewBucketAsync()), Limits);
        foreach (var name in new[] { "packs/a/1", "packs/a/2" })
        {
            await using var writer = await _store.CreateAsync(name, Cancel);
            await writer.WriteAsync(_content, Cancel);
            await writer.CommitAsync(Cancel);
        }
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Front_to_back_takes_few_requests()
    {
        var before = _store.Traffic!;
        for (var offset = 0; offset < _content.Length; offset += Frame)
        {
            await ReadAsync("packs/a/1", offset);
        }

        var traffic = _store.Traffic!.Since(before);
        Assert.InRange(traffic.Gets, 64, 80);
        Assert.InRange(traffic.BytesDown, _content.Length, _content.Length + Limits.ReadAhead);
    }

    /// <summary>As a restore reads the blocks of a manifest while it goes through packs.</summary>
    [Fact]
    public async Task What_has_not_been_read_yet_is_kept_while_another_object_is_read()
    {
        var before = _store.Traffic!;
        var slow = 0;
        for (var (offset, count) = (0, 0); offset < _content.Length; offset += Frame, count++)
        {
            await ReadAsync("packs/a/1", offset);
            if (count % 100 == 0)
            {
                await ReadAsync("packs/a/2", slow);
                slow += Frame;
            }
        }

        Assert.InRange(_store.Traffic!.Since(before).BytesDown, _content.Length + slow, _content.Length + (4 * slow) + Limits.ReadAhead);
    }

    /// <summary>As files do whose content lies where an earlier one has it.</summary>
    [Fact]
    public async Task References_back_fetch_little_more_than_they_need()
    {
        var before = _store.Traffic!;
        var random = new Random(8);
        var read = 0;
        for (var i = 0; i < 60; i++)
        {
            var offset = random.Next(_content.Length / Frame - 2) * Frame;
            await ReadAsync("packs/a/1", offset);
            await ReadAsync("packs/a/1", offset + Frame);
            read += 2 * Frame;
        }

        Assert.InRange(_store.Traffic!.Since(before).BytesDown, 0, 4 * read);
    }

    private async Task ReadAsync(string name, int offset)
    {
        var buffer = new byte[Math.Min(Frame, _content.Length - offset)];
        Assert.Equal(buffer.Length, await _store.ReadAsync(name, offset, buffer, Cancel));
        Assert.True(buffer.AsSpan().SequenceEqual(_content.AsSpan(offset, buffer.Length)), $"{name} from {offset} on is not what was written.");
    }
}
