using System.Collections.Concurrent;
using System.Text;
using DrTools.Backup;
using DrTools.Content;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;
using DrTools.Tests.Repositories;
using DrTools.Tests.Torture;
using DrTools.Trees;
using Xunit;

namespace DrTools.Tests.Backup;

/// <summary>Entries of a parent of many blocks are found by their paths, in any order, with all that continues them.</summary>
public sealed class ParentCursorTests : IAsyncLifetime
{
    private readonly int _seed = TortureScale.NewSeed();
    private readonly Dictionary<string, List<ManifestRecord>> _records = [];
    private TortureRepository _torture = null!;
    private ManifestRoot _root = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _torture = await TortureRepository.CreateAsync();
        var random = new Random(_seed);
        var table = new PackTable();
        var data = table.Add(new PackInfo { Id = Guid.NewGuid(), BackupId = "b", Kind = PackKind.Data, Salt = new byte[32], Length = 1 << 30, RawBytes = 1 << 30 });
        await using var metadata = new PackWriter(_torture.Repository, table, "b", PackKind.Metadata, 1);
        var builder = new ManifestBuilder(table, metadata, new ConcurrentDictionary<ContentHash, ManifestBlock>());
        var paths = Enumerable.Range(0, 1200).Select(_ => Encoding.ASCII.GetBytes($"{random.Next(9)}/{random.Next(5000)}")).DistinctBy(Encoding.ASCII.GetString).ToList();
        paths.Sort((a, b) => TreePath.Compare(a, b));
        foreach (var path in paths)
        {
            var left = random.Next(20) == 0 ? random.Next(30_000) : random.Next(4);
            var records = _records[Encoding.ASCII.GetString(path)] = [];
            do
            {
                var extents = new Extent[Math.Min(left, 1024)];
                for (var i = 0; i < extents.Length; i++)
                {
                    extents[i] = new Extent(new FrameLocation(data, 64 + (random.Next(20_000) * 40_000L), 40_000), random.Next(100) * 8192, 8192, default);
                }

                left -= extents.Length;
                var entry = records.Count > 0 ? null : new TreeEntry { Path = path, Kind = EntryKind.File };
                records.Add(ManifestRecord.Paged(entry, extents, left > 0, 8192));
                await builder.AddAsync(records[^1], Cancel);
            }
            while (left > 0);
        }

        var blocks = await builder.CompleteAsync(Cancel);
        await metadata.CompleteAsync(Cancel);
        var now = DateTimeOffset.UtcNow;
        var info = new BackupInfo { Id = "b", Source = "paged:/x", Host = "h", Type = BackupType.Full, Sequence = 1, FullId = "b", Started = now, Finished = now, ToolVersion = "1" };
        _root = new ManifestRoot(info, table.ToList(), blocks);
        Assert.True(blocks.Count > 20);
    }

    public ValueTask DisposeAsync() => _torture.DisposeAsync();

    [Fact]
    public async Task Every_entry_is_found()
    {
        var random = new Random(_seed);
        var parent = NewParent();
        using var cursor = parent.NewCursor();
        var names = _records.Keys.ToArray();
        for (var round = 0; round < 2; round++)
        {
            foreach (var name in names)
            {
                var expected = _records[name];
                var record = await cursor.SeekAsync(Encoding.ASCII.GetBytes(name));
                for (var i = 0; i < expected.Count; i++)
                {
                    Assert.True(record is not null, $"seed {_seed}: record {i} of {name} is missing");
                    Assert.Equal(ManifestBlockTests.Describe(expected[i]), ManifestBlockTests.Describe(record));

                    // Not everybody reads to the end.
                    if (random.Next(50) == 0)
                    {
                        break;
                    }

                    record = await cursor.TryReadContinuationAsync();
                    Assert.True(i < expected.Count - 1 || record is null);
                }

                Assert.Null(await cursor.SeekAsync(Encoding.ASCII.GetBytes(name + "x")));
            }

            random.Shuffle(names);
        }

        Assert.Null(await cursor.SeekAsync([]));
        Assert.Null(await cursor.SeekAsync("zzz"u8.ToArray()));
        Assert.Equal(0, parent.DamagedBlocks);
    }

    [Fact]
    public async Task Around_a_damaged_block_all_else_is_found()
    {
        var damaged = _root.Blocks.Count / 2;
        var blocks = _root.Blocks.Select((b, i) => i == damaged ? b with { Hash = ContentHash.Empty } : b).ToList();
        _root = _root with { Blocks = blocks };
        var parent = NewParent();
        using var cursor = parent.NewCursor();
        var (whole, broken) = (0, 0);
        foreach (var (name, expected) in _records)
        {
            var found = new List<ManifestRecord>();
            for (var record = await cursor.SeekAsync(Encoding.ASCII.GetBytes(name)); record is not null; record = await cursor.TryReadContinuationAsync())
            {
                Assert.Equal(ManifestBlockTests.Describe(expected[found.Count]), ManifestBlockTests.Describe(record));
                found.Add(record);
            }

            whole += found.Count == expected.Count ? 1 : 0;
            broken += found.Count == expected.Count ? 0 : 1;
        }

        Assert.True(broken > 0 && whole > broken, $"seed {_seed}: {whole} whole, {broken} broken");
        Assert.Equal(1, parent.DamagedBlocks);
    }

    private ParentView NewParent()
    {
        var stored = _root.Packs.ToDictionary(p => p.ObjectName, p => p.Length);
        return new ParentView(_torture.Repository, _root, new PackTable(), stored, retireMostlyDead: false, Cancel);
    }
}
