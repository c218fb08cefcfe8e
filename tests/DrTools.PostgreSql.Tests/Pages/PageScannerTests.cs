using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Pages;
using DrTools.PostgreSql.Tests.Servers;

namespace DrTools.PostgreSql.Tests.Pages;

public sealed class PageScannerTests
{
    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    [InlineData(18)]
    public async Task Every_page_that_a_server_wrote_is_sound_and_every_flipped_bit_is_found(int version)
    {
        await using var cluster = await TestCluster.StartNewAsync(TestServer.Find(version));
        await cluster.ExecuteAsync(
            "create table t (id int primary key, text text)",
            "insert into t select i, repeat(md5(i::text), 10) from generate_series(1, 20000) i",
            "create index on t using hash (text)",
            "create index on t using gist (point(id, id))",
            "create sequence s",
            "delete from t where id % 3 = 0",
            "vacuum t");
        await cluster.StopAsync();
        var random = new Random(version);
        var (pages, found) = (0, PageStates.None);
        foreach (var (file, relation) in RelationFiles(cluster.DataDirectory))
        {
            var content = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            var states = new PageStates[content.Length / PageHeader.PageSize];
            found |= PageScanner.Scan(content, relation.Segment * 131072, ulong.MaxValue, verify: true, states);
            pages += states.Length;
            Assert.DoesNotContain(PageStates.Damaged, states);
            for (var i = 0; i < states.Length; i += 1 + random.Next(5))
            {
                var page = content.AsSpan(i * PageHeader.PageSize, PageHeader.PageSize);
                var bit = random.Next(PageHeader.PageSize * 8);
                page[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.Equal(PageStates.Damaged, PageScanner.Judge(page, (uint)i, ulong.MaxValue, verify: true));
                page[bit / 8] ^= (byte)(1 << (bit % 8));
                if (states[i] != PageStates.New)
                {
                    // A page at the wrong place is as wrong as one with wrong bytes.
                    Assert.Equal(PageStates.Damaged, PageScanner.Judge(page, (uint)i + 1, ulong.MaxValue, verify: true));
                }
            }
        }

        Assert.True(pages > 2000);
        Assert.Equal(PageStates.Older, found & PageStates.Older);
    }

    [Fact]
    public void All_widths_of_vectors_agree()
    {
        var random = new Random(7);
        var page = new byte[PageHeader.PageSize];
        for (var i = 0; i < 1000; i++)
        {
            random.NextBytes(page);
            var expected = PageChecksum.Sum128(page);
            Assert.Equal(expected, PageChecksum.Sum256(in MemoryMarshal.GetReference<byte>(page)));
            Assert.Equal(expected, PageChecksum.Sum512(in MemoryMarshal.GetReference<byte>(page)));
            Assert.Equal(expected, Reference(page));
        }
    }

    [Fact]
    public void The_checksum_in_the_page_plays_no_part()
    {
        var page = Page(lsn: 1 << 24, block: 5);
        var expected = PageChecksum.Compute(page, 5);
        BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan(8), 0x1234);
        Assert.Equal(expected, PageChecksum.Compute(page, 5));
    }

    [Fact]
    public void A_page_is_older_only_below_the_threshold_and_with_a_real_lsn()
    {
        static PageStates Judge(ulong lsn) => PageScanner.Judge(Page(lsn, 3), 3, threshold: 0x2_0000_0100, verify: true);
        Assert.Equal(PageStates.Older, Judge(0x2_0000_00FF));
        Assert.Equal(PageStates.None, Judge(0x2_0000_0100));
        Assert.Equal(PageStates.None, Judge(0x3_0000_0000));
        Assert.Equal(PageStates.Older, Judge(0x1_FFFF_FFFF));

        // Made-up LSNs: of no WAL at all, of a GiST build, of an unlogged relation.
        Assert.Equal(PageStates.None, Judge(0));
        Assert.Equal(PageStates.None, Judge(1));
        Assert.Equal(PageStates.None, Judge(1000));
    }

    [Fact]
    public void A_new_page_holds_zeros_only()
    {
        var page = new byte[PageHeader.PageSize];
        Assert.Equal(PageStates.New, PageScanner.Judge(page, 9, ulong.MaxValue, verify: true));
        page[8000] = 1;
        Assert.Equal(PageStates.Damaged, PageScanner.Judge(page, 9, ulong.MaxValue, verify: true));
        Assert.Equal(PageStates.None, PageScanner.Judge(page, 9, ulong.MaxValue, verify: false));
    }

    [Fact]
    public void Scanning_allocates_nothing()
    {
        var pages = new byte[128 * PageHeader.PageSize];
        for (uint i = 0; i < 128; i++)
        {
            Page(1 << 24, i).CopyTo(pages, i * PageHeader.PageSize);
        }

        var states = new PageStates[128];
        var least = long.MaxValue;
        for (var i = 0; i < 10; i++)
        {
            // The runtime may allocate while it compiles.
            var before = GC.GetAllocatedBytesForCurrentThread();
            var found = PageScanner.Scan(pages, 0, 1 << 25, verify: true, states);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.Equal(PageStates.Older, found);
        }

        Assert.Equal(0, least);
    }

    internal static IEnumerable<(string File, RelationFileName Relation)> RelationFiles(string dataDirectory)
    {
        foreach (var file in Directory.EnumerateFiles(dataDirectory, "*", SearchOption.AllDirectories))
        {
            var path = Encoding.UTF8.GetBytes(Path.GetRelativePath(dataDirectory, file));
            if (DataDirectory.Classify(path, isFolder: false, out var relation) is ClusterFileKind.MainFork or ClusterFileKind.OtherFork)
            {
                yield return (file, relation);
            }
        }
    }

    private static byte[] Page(ulong lsn, uint block)
    {
        var page = new byte[PageHeader.PageSize];
        new Random((int)block).NextBytes(page);
        BinaryPrimitives.WriteUInt32LittleEndian(page, (uint)(lsn >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(4), (uint)lsn);
        BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan(14), 8000);
        BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan(8), PageChecksum.Compute(page, block));
        return page;
    }

    /// <summary>As the algorithm is described, one word at a time.</summary>
    private static uint Reference(byte[] page)
    {
        // The sum of a page of zeros but for one word shows each offset; the real ones are proven by real pages.
        var offsets = (uint[])typeof(PageChecksum).GetField("Offsets", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!.GetValue(null)!;
        var sums = (uint[])offsets.Clone();
        var words = MemoryMarshal.Cast<byte, uint>(page).ToArray();
        words[2] &= 0xFFFF_0000;
        for (var i = 0; i < words.Length + 64; i++)
        {
            var mixed = sums[i % 32] ^ (i < words.Length ? words[i] : 0);
            sums[i % 32] = (mixed * 16777619) ^ (mixed >> 17);
        }

        return sums.Aggregate((a, b) => a ^ b);
    }
}
