using System.Security.Cryptography;
using System.Text;
using DrTools.Platform.Posix;
using DrTools.Restore;
using DrTools.Tests.Platform;
using DrTools.Trees;
using Xunit;

namespace DrTools.Tests.Restore;

public sealed class FileOutputTests : IDisposable
{
    private const int Block = 4096;
    private const int Mega = 1 << 20;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(FileOutput.DirectSize - 1, 100_000)]
    [InlineData(FileOutput.DirectSize, FileOutput.DirectSize)]
    [InlineData(FileOutput.DirectSize + 1, 1000)]
    [InlineData(Mega, Mega)]
    [InlineData(Mega + 1, Mega)]
    [InlineData((3 * Mega) - 1, 77_777)]
    [InlineData((2 * Mega) + Block, Block)]
    public void Content_arrives_in_pieces_of_any_size(int size, int piece)
    {
        var content = RandomNumberGenerator.GetBytes(size);
        Write("f", size, Pieces(content, piece));
        Assert.Equal(content, File.ReadAllBytes(_folder.At("to/f")));
    }

    [Theory]
    [InlineData(0, Mega, 2 * Mega, 10)]
    [InlineData(1, 2 * Mega, 2 * Mega + 1, Mega)]
    [InlineData(Block, 1, Mega + 5, Mega + Block)]
    [InlineData(5000, 3000, 9000, 2 * Mega)]
    [InlineData(Mega, Mega + 1, 3 * Mega, 0)]
    public void Holes_may_begin_and_end_within_blocks(int first, int firstLength, int second, int secondLength)
    {
        var size = (4 * Mega) + 123;
        var content = new byte[size];
        RandomNumberGenerator.Fill(content.AsSpan(first, firstLength));
        RandomNumberGenerator.Fill(content.AsSpan(second, secondLength));
        Write("f", size, [(first, content.AsMemory(first, firstLength)), (second, content.AsMemory(second, secondLength))]);
        Assert.Equal(content, File.ReadAllBytes(_folder.At("to/f")));
    }

    [Fact]
    public void A_file_that_breaks_off_leaves_nothing_for_the_next()
    {
        using var writer = Open();
        using var output = new FileOutput();
        using (var broken = writer.CreateFile(Entry("broken", Mega)))
        {
            output.Begin(broken);
            output.Write(broken, 0, new byte[1000]);
        }

        var content = RandomNumberGenerator.GetBytes(Mega);
        using (var file = writer.CreateFile(Entry("f", Mega)))
        {
            output.Begin(file);
            output.Write(file, 0, content);
            output.Complete(file);
            file.Commit();
        }

        Assert.Equal(content, File.ReadAllBytes(_folder.At("to/f")));
        Assert.Equal("f\n", _folder.Run("ls to"));
    }

    [Fact]
    public void What_cannot_go_around_the_cache_goes_through_it()
    {
        using var writer = Open();
        var content = RandomNumberGenerator.GetBytes(10_000);
        using (var file = writer.CreateFile(Entry("f", content.Length)))
        {
            // No whole blocks, and not at their boundaries: the kernel refuses it.
            file.WriteDirectly(0, content.AsSpan(0, 1001));
            Assert.False(file.MayWriteDirectly);
            file.WriteDirectly(1001, content.AsSpan(1001));
            file.Commit();
        }

        Assert.Equal(content, File.ReadAllBytes(_folder.At("to/f")));
    }

    [Fact]
    public void Content_beyond_the_size_is_refused()
    {
        using var writer = Open();
        using var output = new FileOutput();
        using var file = writer.CreateFile(Entry("f", Mega));
        output.Begin(file);
        output.Write(file, 0, new byte[Mega]);
        Assert.Equal(DrError.IntegrityFailure, Assert.Throws<DrException>(() => output.Write(file, Mega, new byte[1])).Error);
    }

    [Fact]
    public void A_large_file_does_not_fill_the_page_cache()
    {
        using (var writer = Open())
        {
            if (!writer.WritesDirectly)
            {
                // Neither ext4 nor XFS here.
                return;
            }
        }

        Write("f", 8 * Mega, Pieces(RandomNumberGenerator.GetBytes(8 * Mega), 300_000));
        var cached = long.Parse(_folder.Run("fincore -b -n -o RES to/f"), System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(cached < Mega, $"{cached} bytes are in the page cache.");
    }

    [Fact]
    public void A_file_that_is_read_soon_stays_in_the_page_cache()
    {
        using var writer = TreeWriter.Open(_folder.At("to"), new TreeWriterOptions { Report = _ => { }, Sync = false, IsReadSoon = true });
        Assert.False(writer.WritesDirectly);
    }

    private static IEnumerable<(long Offset, ReadOnlyMemory<byte> Data)> Pieces(byte[] content, int length)
    {
        for (var offset = 0; offset < content.Length; offset += length)
        {
            yield return (offset, content.AsMemory(offset, Math.Min(length, content.Length - offset)));
        }
    }

    private static TreeEntry Entry(string name, long size) => new()
    {
        Path = Encoding.UTF8.GetBytes(name),
        Kind = EntryKind.File,
        Mode = 0x1A0,
        Size = size,
        ModifiedNs = 1_000_000_001_000_000_000,
        UserId = LibC.EffectiveUser(),
        GroupId = LibC.EffectiveGroup(),
    };

    private void Write(string name, long size, IEnumerable<(long Offset, ReadOnlyMemory<byte> Data)> pieces)
    {
        using var writer = Open();
        using var output = new FileOutput();
        using var file = writer.CreateFile(Entry(name, size));
        output.Begin(file);
        foreach (var (offset, data) in pieces)
        {
            output.Write(file, offset, data.Span);
        }

        output.Complete(file);
        file.Commit();
    }

    private TreeWriter Open() => TreeWriter.Open(_folder.At("to"), new TreeWriterOptions { Report = _ => { }, Sync = false });
}
