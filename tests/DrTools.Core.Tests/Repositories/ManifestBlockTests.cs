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

    private static ByteWriter Block()
    {
        var writer = new ByteWriter();
        writer.Bytes([ManifestBlockWriter.Version, 1]);
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
        return $"{entry} [{extents}] {record.IsContinued} {record.Hash}";
    }
}
