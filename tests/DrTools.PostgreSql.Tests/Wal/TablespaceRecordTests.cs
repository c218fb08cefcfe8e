using System.Buffers.Binary;
using System.Text;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Tests.Wal;

/// <summary>Records that make a tablespace and run on from one segment to the next. Whole ones are met by servers in the tests
/// of scratch instances and of restores.</summary>
public sealed class TablespaceRecordTests : IDisposable
{
    private const int Page = 8192;
    private const int LongHeader = 40;

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void What_the_record_is_lies_in_the_second_segment(int before)
    {
        var record = Record("/srv/space");
        WritePage(page => record.AsSpan(before).CopyTo(page[LongHeader..]), rest: record.Length - before);
        var found = Assert.Single(TablespaceRecord.Find(_path));
        Assert.Equal((16_400u, "/srv/space", false), (found.Oid, found.Location, found.IsWhole));
        Assert.False(found.TryChange(_path));

        // Nothing is made at the place that it is mapped to, and what to do is said.
        var place = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var refused = Assert.Throws<DrException>(() => TablespaceReplay.Guard(_path, Path.GetTempPath(), new Dictionary<string, string> { ["/srv/space"] = place }, _ => { }));
        AssertRefused(refused, "The log makes the tablespace 16400 in /srv/space, and runs on from one segment to the next there");
        Assert.False(Directory.Exists(place));
    }

    [Theory]
    [InlineData(24)]
    [InlineData(40)]
    public void What_the_record_is_lies_in_the_first_segment(int before)
    {
        var record = Record("/srv/space");
        WritePage(page => record.AsSpan(0, before).CopyTo(page[(Page - before)..]), rest: Page - LongHeader - before);
        var found = Assert.Single(TablespaceRecord.Find(_path));
        Assert.Equal((null, false), (found.Location, found.IsWhole));
        var refused = Assert.Throws<DrException>(() => TablespaceReplay.Guard(_path, Path.GetTempPath(), new Dictionary<string, string>(), _ => { }));
        AssertRefused(refused, "The log makes a tablespace, and runs on from one segment to the next there");
    }

    [Fact]
    public void Other_records_that_run_on_are_none()
    {
        var record = Record("/srv/space");
        record[17] = 10;
        foreach (var before in (int[])[8, 16])
        {
            WritePage(page => record.AsSpan(before).CopyTo(page[LongHeader..]), rest: record.Length - before);
            Assert.Empty(TablespaceRecord.Find(_path));
        }

        WritePage(page => record.AsSpan(0, 24).CopyTo(page[(Page - 24)..]), rest: Page - LongHeader - 24);
        Assert.Empty(TablespaceRecord.Find(_path));
        WritePage(_ => { }, rest: 3000);
        Assert.Empty(TablespaceRecord.Find(_path));
    }

    private static void AssertRefused(DrException refused, string message)
    {
        Assert.Equal(DrError.UnsafePath, refused.Error);
        Assert.StartsWith(message, refused.Message, StringComparison.Ordinal);
        Assert.StartsWith("Choose a target before the tablespace was made, or a later backup. Or ", refused.Remedy, StringComparison.Ordinal);
    }

    /// <summary><c>XLogRecord</c>, the header of its main data, and <c>xl_tblspc_create_rec</c>.</summary>
    private static byte[] Record(string location)
    {
        var name = Encoding.UTF8.GetBytes(location + "\0");
        var record = new byte[24 + 2 + 4 + name.Length];
        BinaryPrimitives.WriteInt32LittleEndian(record, record.Length);
        record[17] = 5;
        record[24] = 255;
        record[25] = (byte)(4 + name.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(26), 16_400);
        name.CopyTo(record, 30);
        return record;
    }

    private delegate void Fill(Span<byte> page);

    /// <summary>The first page of a segment, which begins with the rest of a record.</summary>
    private void WritePage(Fill fill, int rest)
    {
        var page = new byte[Page];
        BinaryPrimitives.WriteUInt16LittleEndian(page, 0xD110);
        BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan(2), 3);
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(4), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(8), 5 << 20);
        BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(16), rest);
        fill(page);
        File.WriteAllBytes(_path, page);
    }
}
