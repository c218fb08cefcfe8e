using DrTools.Content;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;
using DrTools.Serialization;
using DrTools.Trees;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DrTools.Tests.Repositories;

public sealed class ManifestBlockTests
{
    [Fact]
    public void Records_come_back() => Prop.ForAll(ManifestGenerators.Records.ToArbitrary(), records =>
    {
        var table = ManifestGenerators.Table();
        var read = ManifestBlockReader.Read(Write(table, records), table);
        Assert.Equal(records.Select(Describe), read.Select(Describe));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(40));

    [Fact]
    public void Records_of_paged_files_come_back_too() => Prop.ForAll(ManifestGenerators.MixedRecords.ToArbitrary(), records =>
    {
        var table = ManifestGenerators.Table();
        var block = Write(table, records);
        Assert.Equal(records.Any(r => r.IsPaged) ? ManifestBlockWriter.PagedVersion : ManifestBlockWriter.Version, block[0]);
        var read = ManifestBlockReader.Read(block, table);
        Assert.Equal(records.Select(Describe), read.Select(Describe));
        Assert.Equal(block, Write(table, read));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(40));

    /// <summary>A gigabyte of which each of several backups stored some pages.</summary>
    [Fact]
    public void Pages_of_many_backups_take_a_few_bytes_for_each_run()
    {
        const int pageSize = 8192;
        var random = new Random(7);
        var table = ManifestGenerators.Table();
        var writer = new ManifestBlockWriter(table);
        var extents = new List<Extent>();
        var frames = Enumerable.Range(0, 8).Select(i => (Frame: new FrameLocation(i % ManifestGenerators.PackCount, 64 + (i * 60_000L), 50_000 + i), End: 0)).ToArray();
        for (var i = 0; i < 4096; i++)
        {
            ref var frame = ref frames[i % 2 == 0 ? 0 : random.Next(1, frames.Length)];
            var length = random.Next(1, 9) * pageSize;
            frame.End = frame.End > (1 << 20) - (12 * pageSize) ? 0 : frame.End + (i % 2 == 0 ? random.Next(3) * pageSize : 0);
            extents.Add(new Extent(frame.Frame, frame.End, length, default));
            frame.End += length;
        }

        var record = ManifestRecord.Paged(new TreeEntry { Path = [1], Kind = EntryKind.File }, [.. extents], false, pageSize);
        writer.Add(record);
        Assert.InRange(writer.Length, 4096, 4096 * 3.5);
        Assert.Equal(Describe(record), Describe(ManifestBlockReader.Read(writer.Serialize(), table)[0]));
    }

    [Fact]
    public void The_same_records_are_the_same_bytes_whatever_came_before() => Prop.ForAll(ManifestGenerators.Records.ToArbitrary(), records =>
    {
        var table = ManifestGenerators.Table();
        var writer = new ManifestBlockWriter(table);
        foreach (var record in records.Reverse().Where(r => r.Entry is not null))
        {
            writer.Add(record);
        }

        writer.Clear();
        foreach (var record in records)
        {
            writer.Add(record);
        }

        Assert.Equal(Write(table, records), writer.Serialize());
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_becomes_of_a_block_with_pages_it_is_read_or_refused(int seed)
    {
        var table = ManifestGenerators.Table();
        var blocks = ManifestGenerators.MixedRecords.Sample(30, 30).Select(r => Write(table, r)).ToList();
        Fuzz.ParseMany(seed, 6000, blocks, input => ManifestBlockReader.Read(input, table));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_becomes_of_a_block_it_is_read_or_refused(int seed)
    {
        var table = ManifestGenerators.Table();
        var blocks = ManifestGenerators.Records.Sample(30, 30).Select(r => Write(table, r)).ToList();
        Fuzz.ParseMany(seed, 6000, blocks, input => ManifestBlockReader.Read(input, table));
    }

    [Fact]
    public void A_block_cannot_claim_more_memory_than_a_reader_has()
    {
        // Each record repeats a long path by two bytes.
        var writer = Block();
        writer.Bytes([2, 0]);
        writer.LengthAndBytes(new byte[500_000]);
        writer.Bytes(new byte[3 + 4]);
        for (var i = 0; i < 40_000; i++)
        {
            writer.Byte(2 | 0x40);
            writer.VarInt(500_000);
            writer.Bytes(new byte[1 + 4]);
        }

        Refuse(writer, "The paths of a block are too long.");

        // Each hole takes a byte here, and 72 in memory.
        writer = Block();
        writer.Bytes([1, 0, 0, .. new byte[3 + 4], 0]);
        writer.VarInt(900_000);
        writer.Bytes(Enumerable.Repeat((byte)7, 900_000).ToArray());
        Refuse(writer, "The block has too many extents.");
    }

    [Fact]
    public void Extents_outside_their_frames_and_frames_outside_their_packs_are_refused()
    {
        Refuse(File(w => w.Bytes([4 << 2])), "An extent lies outside every frame.");
        Refuse(File(w => w.Bytes([0])), "An extent is empty or too long.");
        Refuse(File(w => { w.Bytes([(4 << 2) | 1, 0, 63, 50, 0]); w.Bytes(new byte[32]); }), "A frame lies outside its pack.");
        Refuse(File(w => { w.Bytes([(4 << 2) | 1, 0]); w.VarInt(long.MaxValue); w.Bytes([50, 0]); }), "A frame lies outside its pack.");
        Refuse(File(w => { w.Bytes([(4 << 2) | 1, 0]); w.VarInt((1L << 20) - 32 - 49); w.Bytes([50, 0]); }), "A frame lies outside its pack.");
        Refuse(File(w => { w.Bytes([(4 << 2) | 1, 0, 64, 28, 0]); w.Bytes(new byte[32]); }), "A frame lies outside its pack.");
        Refuse(File(w => w.Bytes([(4 << 2) | 1, 1, 64, 50, 0])), "A number is out of range.");
        Refuse(File(w => { w.Bytes([(4 << 2) | 1, 0, 64, 50]); w.VarInt((1L << 20) - 3); }), "An extent lies outside every frame.");
    }

    [Fact]
    public void Pages_outside_their_frames_and_of_impossible_sizes_are_refused()
    {
        Refuse(Paged(8192, w => w.Bytes([2 << 3])), "An extent lies outside every frame.");
        Refuse(Paged(8192, w => w.Bytes([0])), "An extent is empty or too long.");
        Refuse(Paged(8192, w => w.Bytes([(2 << 3) | 5])), "An extent is of an unknown kind.");
        Refuse(Paged(8192, w => w.Bytes([(2 << 3) | 4, 0])), "A number is out of range.");
        Refuse(Paged(8192, w => w.Bytes([(2 << 3) | 2, 0, 0])), "A number is out of range.");
        Refuse(Paged(8192, w => w.Bytes([(2 << 3) | 1, 0, 63, 50, 0])), "A frame lies outside its pack.");
        Refuse(Paged(8192, w => { w.Bytes([(2 << 3) | 1, 0, 64, 50]); w.VarInt((1L << 20) - 8191); }), "An extent lies outside every frame.");
        Refuse(Paged(8192, w => { w.VarInt((ulong.MaxValue << 4) | 3); }), "An extent is empty or too long.");
        Refuse(Paged(8192, w => { w.Bytes([(2 << 3) | 1, 0, 64, 50, 0, (2 << 3) | 2, 0]); w.VarInt(ulong.MaxValue); }, 2), "An extent lies outside every frame.");
        Refuse(Paged(8192, w => w.Bytes([(2 << 3) | 1, 0, 64, 50, 0, (2 << 3) | 2, 0, 3 << 1]), 2), "An extent lies outside every frame.");
        foreach (var size in new[] { 0, 1, 256, 511, 8191, 65537, 131072 })
        {
            var e = Assert.Throws<InvalidDataException>(() => ManifestBlockReader.Read(Paged(size, w => w.Bytes([(2 << 3) | 3])).Written, ManifestGenerators.Table()));
            Assert.Contains(e.Message, new[] { "A file has pages of an impossible size.", "A number is out of range." });
        }

        // Only in blocks of layout 2, only for files, and a continuation is of the file before it.
        var table = ManifestGenerators.Table();
        var block = Paged(8192, w => w.Bytes([(2 << 3) | 3])).Written.ToArray();
        Assert.True(ManifestBlockReader.Read(block, table)[0].IsPaged);
        block[0] = 1;
        Assert.Throws<InvalidDataException>(() => ManifestBlockReader.Read(block, table));
        var folder = Block(2);
        folder.Bytes([2 | 0x10, 0, 1, (byte)'f', 0, 0, 0, 4, 0, 0, 0, 0]);
        Refuse(folder, "An entry that is no file has pages.");
        var begun = ManifestRecord.Paged(new TreeEntry { Path = [1], Kind = EntryKind.File }, [Extent.Hole(8192)], true, 8192);
        Assert.Equal(2, ManifestBlockReader.Read(Write(table, [begun, ManifestRecord.Paged(null, [], false, 8192)]), table).Count);
        Assert.Throws<InvalidDataException>(() => ManifestBlockReader.Read(Write(table, [begun, ManifestRecord.Paged(null, [], false, 512)]), table));
        Assert.Throws<InvalidDataException>(() => ManifestBlockReader.Read(Write(table, [begun, new ManifestRecord(null, [], false, default)]), table));
    }

    [Fact]
    public void Continuations_come_only_after_what_they_continue()
    {
        var entry = new TreeEntry { Path = [1], Kind = EntryKind.Directory };
        var table = ManifestGenerators.Table();
        ManifestRecord directory = new(entry, [], false, default), continuation = new(null, [], false, default);
        Assert.Throws<InvalidDataException>(() => ManifestBlockReader.Read(Write(table, [directory, continuation]), table));
        var begun = new ManifestRecord(new TreeEntry { Path = [1], Kind = EntryKind.File }, [], true, default);
        Assert.Throws<InvalidDataException>(() => ManifestBlockReader.Read(Write(table, [begun, directory]), table));
        Assert.Equal(2, ManifestBlockReader.Read(Write(table, [begun, continuation]), table).Count);
        Assert.Equal(2, ManifestBlockReader.Read(Write(table, [continuation, directory]), table).Count);
        foreach (byte tag in new byte[] { 0x09, 0x18, 0x28, 0x48, 0x80 | 2, 0 })
        {
            var writer = Block();
            writer.Bytes([tag, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. new byte[40]]);
            Assert.Throws<InvalidDataException>(() => ManifestBlockReader.Read(writer.Written, table));
        }
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(-1_000_000_000)]
    public void Times_at_the_edges_come_back(long nanoseconds)
    {
        var (seconds, fraction) = EntryTime.Split(nanoseconds);
        Assert.InRange(fraction, 0, 999_999_999);
        Assert.Equal(nanoseconds, EntryTime.Join(seconds, fraction));
        Assert.Throws<OverflowException>(() => EntryTime.Join(long.MaxValue, 0));
        Assert.Throws<OverflowException>(() => EntryTime.Join(long.MinValue, 0));
    }

    internal static byte[] Write(PackTable table, IEnumerable<ManifestRecord> records)
    {
        var writer = new ManifestBlockWriter(table);
        foreach (var record in records)
        {
            writer.Add(record);
        }

        return writer.Serialize();
    }

    private static ByteWriter Block(byte version = ManifestBlockWriter.Version)
    {
        var writer = new ByteWriter();
        writer.Bytes([version, 1]);
        writer.Bytes(ManifestGenerators.Table()[0].Id.ToByteArray(bigEndian: true));
        return writer;
    }

    /// <summary>A file of a size that does not matter, with one extent.</summary>
    private static ByteWriter File(Action<ByteWriter> extent)
    {
        var writer = Block();
        writer.Bytes([1, 0, 1, (byte)'f', 0, 0, 0, 0, 0, 0, 0, 4, 1]);
        extent(writer);
        return writer;
    }

    /// <summary>A paged file with extents.</summary>
    private static ByteWriter Paged(int pageSize, Action<ByteWriter> extents, byte count = 1)
    {
        var writer = Block(ManifestBlockWriter.PagedVersion);
        writer.Bytes([1 | 0x10, 0, 1, (byte)'f', 0, 0, 0, ManifestBlockWriter.PagedFlag, 0, 0, 0, 0, 4]);
        writer.VarInt((ulong)pageSize);
        writer.Byte(count);
        extents(writer);
        return writer;
    }

    private static void Refuse(ByteWriter block, string message) => Fuzz.Parse(block.Written.ToArray(), input =>
        Assert.Equal(message, Assert.Throws<InvalidDataException>(() => ManifestBlockReader.Read(input, ManifestGenerators.Table())).Message));

    internal static string Describe(ManifestRecord record)
    {
        var extents = string.Join(",", record.Extents.Select(e => e.ToString()));
        var entry = record.Entry is not { } e ? "continued" : string.Join(
            '|',
            Convert.ToHexString(e.Path), e.Kind, e.Mode, e.UserId, e.GroupId, e.Size, e.ModifiedNs, e.ChangedNs, e.Flags, e.DeviceNumber,
            e.LinkTarget is null ? "-" : Convert.ToHexString(e.LinkTarget),
            string.Join(",", (e.Attributes ?? []).Select(a => $"{Convert.ToHexString(a.Name)}={Convert.ToHexString(a.Value)}")));
        return $"{entry} [{extents}] {record.IsContinued} {record.Hash} {record.PageSize}";
    }
}
