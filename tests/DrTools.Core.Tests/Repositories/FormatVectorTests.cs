using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using DrTools.Chunking;
using DrTools.Compression;
using DrTools.Content;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;
using DrTools.Serialization;
using DrTools.Trees;
using Xunit;

namespace DrTools.Tests.Repositories;

/// <summary>The test vectors of <c>docs/repository-format.md</c>, read from there. They were made by another
/// implementation; never replace them by what this one says.</summary>
public sealed class FormatVectorTests : IDisposable
{
    private const string Content = "Hello, world.\n";

    private static readonly string _document = File.ReadAllText(Path.Join(AppContext.BaseDirectory, "repository-format.md"));

    private static readonly Dictionary<string, byte[]> _vectors = Regex
        .Matches(_document, @"^([a-z0-9-]+) = ((?:[0-9a-f]+\n *)+)", RegexOptions.Multiline)
        .ToDictionary(m => m.Groups[1].Value, m => Convert.FromHexString(string.Concat(m.Groups[2].Value.Split(['\n', ' ']))));

    private static readonly Guid _repositoryId = new(_vectors["repository-id"], bigEndian: true);
    private static readonly Guid _packId = new(_vectors["pack-id"], bigEndian: true);

    private readonly RepositoryKey _key = new(_vectors["repository-key"]);

    public void Dispose() => _key.Dispose();

    [Fact]
    public void Passphrase_slot()
    {
        using var passphrase = RepositoryCredential.FromPassphrase("correct horse battery staple");
        var slot = new KeySlot { Kind = "passphrase", Iterations = 1000, Salt = _vectors["salt"], Key = _vectors["passphrase-slot-key"] };
        using var key = slot.TryUnwrap(passphrase, _repositoryId)!;
        Assert.Equal(_vectors["repository-key"], key.Bytes);
    }

    [Fact]
    public void Key_file_slot()
    {
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, [.. Enumerable.Range(0x80, 64).Select(i => (byte)i)]);
        using var keyFile = RepositoryCredential.FromKeyFile(path);
        File.Delete(path);
        var slot = new KeySlot { Kind = "key-file", Salt = _vectors["salt"], Key = _vectors["key-file-slot-key"] };
        using var key = slot.TryUnwrap(keyFile, _repositoryId)!;
        Assert.Equal(_vectors["repository-key"], key.Bytes);
    }

    [Fact]
    public void Header_hmac() => Assert.Equal(
        _vectors["header-hmac"],
        _key.Authenticate(RepositoryHeader.AuthenticationPurpose, Encoding.ASCII.GetBytes("""{"format":"drtools-repository","version":1}""")));

    [Fact]
    public void Source_tag() => Assert.Equal(Convert.ToHexStringLower(_vectors["source-tag"]), ManifestName.TagOf(_key, "example", "files:/etc"));

    [Fact]
    public void Name_of_a_run_of_pages()
    {
        byte[] pages = [.. Enumerable.Range(0, 16384).Select(i => (byte)(i % 251))];
        using var names = new PageIdentity(_key, isSecret: true);
        Assert.Equal(_vectors["page-name"], names.Of(pages).ToArray());
        Assert.True(names.IsNameOf(names.Of(pages), pages));
        Assert.True(names.IsNameOf(ContentHash.Of(pages), pages));
        pages[^1] ^= 1;
        Assert.NotEqual(_vectors["page-name"], names.Of(pages).ToArray());
        Assert.False(names.IsNameOf(new ContentHash(_vectors["page-name"]), pages));
        using var known = new PageIdentity(_key, isSecret: false);
        Assert.Equal(ContentHash.Of(pages), known.Of(pages));
    }

    [Fact]
    public void Sealed_envelope()
    {
        const string Name = "pins/20261121T024501Z-7f3a9c21";
        Assert.Equal(_vectors["envelope"], Envelope.Seal(_key, _repositoryId, EnvelopeKind.Pin, Name, """{"user":"root"}"""u8, _vectors["salt"]));
        Assert.Equal("""{"user":"root"}"""u8, Envelope.Open(_key, _repositoryId, EnvelopeKind.Pin, Name, _vectors["envelope"]));
    }

    [Fact]
    public void Sealed_pack()
    {
        var frame = Seal(FrameRole.Content, 64, Encoding.ASCII.GetBytes(Content));
        Assert.Equal(_vectors["frame"], frame);
        var directory = new PackDirectory();
        directory.Add(frame.Length, [new PackedChunk(0, Content.Length, ContentHash.Of(Encoding.ASCII.GetBytes(Content)))]);
        Assert.Equal(_vectors["directory"], directory.Serialize(PackKind.Data));
        var sealedDirectory = Seal(FrameRole.Directory, 64 + frame.Length, directory.Serialize(PackKind.Data));
        Assert.Equal(
            _vectors["pack"],
            (byte[])[.. PackFormat.Prologue(_repositoryId, _vectors["salt"]), .. frame, .. sealedDirectory, .. PackFormat.Trailer(64 + frame.Length, sealedDirectory.Length)]);
    }

    [Fact]
    public void Numbers()
    {
        var rows = Regex.Matches(_document, @"^\| (\d+) \| `([0-9a-f]+)` \| (-?\d+) \| `([0-9a-f]+)` \|$", RegexOptions.Multiline);
        Assert.Equal(9, rows.Count);
        foreach (Match row in rows)
        {
            var (number, signed) = (ulong.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture), long.Parse(row.Groups[3].Value, CultureInfo.InvariantCulture));
            var writer = new ByteWriter();
            writer.VarInt(number);
            Assert.Equal(row.Groups[2].Value, Convert.ToHexStringLower(writer.Written));
            Assert.Equal(number, new ByteReader(writer.Written).VarUInt());
            writer.Clear();
            writer.ZigZag(signed);
            Assert.Equal(row.Groups[4].Value, Convert.ToHexStringLower(writer.Written));
            Assert.Equal(signed, new ByteReader(writer.Written).ZigZag());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    public void Gear_table(int index) =>
        Assert.Equal(Convert.ToHexStringLower(_vectors[$"gear-{index}"]), GearTable.Values[index].ToString("x16", CultureInfo.InvariantCulture));

    [Fact]
    public void Block()
    {
        const long Second = 1_000_000_000, Modified = 1_767_323_045;
        var table = new PackTable();
        var pack = table.Add(new PackInfo { Id = _packId, BackupId = "b", Kind = PackKind.Data, Salt = _vectors["salt"], Length = _vectors["pack"].Length });
        var frame = new FrameLocation(pack, 64, 42);
        var (hello, world) = (ContentHash.Of(Encoding.ASCII.GetBytes(Content)), ContentHash.Of("world"u8));
        var whole = ContentHash.Of([.. Encoding.ASCII.GetBytes(Content), .. new byte[4096], .. "world"u8]);
        ManifestRecord[] expected =
        [
            new(new TreeEntry { Path = [], Kind = EntryKind.Directory, Mode = 493, ModifiedNs = Modified * Second, ChangedNs = (Modified * Second) + 500 }, [], false, default),
            new(new TreeEntry { Path = [.. "a.txt"u8], Kind = EntryKind.File, Mode = 420, Size = 14, ModifiedNs = Modified * Second, ChangedNs = (Modified * Second) + 500 }, [new Extent(frame, 0, 14, hello)], false, hello),
            new(new TreeEntry { Path = [.. "a.txt.old"u8], Kind = EntryKind.File, Mode = 420, ModifiedNs = ((Modified - 60) * Second) + 7, ChangedNs = Modified * Second }, [], false, ContentHash.Empty),
            new(new TreeEntry { Path = [.. "b"u8], Kind = EntryKind.SymbolicLink, Mode = 420, LinkTarget = [.. "a.txt"u8], ModifiedNs = (Modified - 60) * Second, ChangedNs = Modified * Second }, [], false, default),
            new(
                new TreeEntry
                {
                    Path = [.. "c"u8],
                    Kind = EntryKind.File,
                    Mode = 420,
                    Size = 4115,
                    ModifiedNs = Modified * Second,
                    ChangedNs = Modified * Second,
                    Attributes = [new ExtendedAttribute([.. "user.note"u8], [.. "x"u8])],
                },
                [new Extent(frame, 0, 14, hello), Extent.Hole(4096), new Extent(frame, 7, 5, world)],
                false,
                whole),
        ];
        Assert.Equal(_vectors["block"], ManifestBlockTests.Write(table, expected));
        Assert.Equal(expected.Select(ManifestBlockTests.Describe), ManifestBlockReader.Read(_vectors["block"], table).Select(ManifestBlockTests.Describe));
    }

    [Fact]
    public void Block_with_a_paged_file()
    {
        const int Page = 8192;
        const long Modified = 1_767_323_045_000_000_000;
        var table = new PackTable();
        var pack = table.Add(new PackInfo { Id = _packId, BackupId = "b", Kind = PackKind.Data, Salt = _vectors["salt"], Length = 1 << 20 });
        FrameLocation first = new(pack, 64, 5000), second = new(pack, 5064, 3000);
        var entry = new TreeEntry { Path = [.. "1/1259"u8], Kind = EntryKind.File, Mode = 384, Size = (12 * Page) + 100, ModifiedNs = Modified, ChangedNs = Modified };
        ManifestRecord[] expected =
        [
            ManifestRecord.Paged(
                entry,
                [
                    new Extent(first, 0, 2 * Page, default),
                    new Extent(second, 0, Page, default),
                    new Extent(first, 3 * Page, Page, default),
                    new Extent(second, Page, Page, default),
                    Extent.Hole(4 * Page),
                    new Extent(second, 2 * Page, 2 * Page, default),
                    new Extent(first, 0, Page, default),
                ],
                true,
                Page),
            ManifestRecord.Paged(null, [new Extent(second, 4 * Page, 100, default)], false, Page),
        ];
        Assert.Equal(_vectors["paged-block"], ManifestBlockTests.Write(table, expected));
        Assert.Equal(expected.Select(ManifestBlockTests.Describe), ManifestBlockReader.Read(_vectors["paged-block"], table).Select(ManifestBlockTests.Describe));
    }

    private byte[] Seal(FrameRole role, long offset, byte[] content)
    {
        var frame = new byte[PackFormat.FrameOverhead + content.Length];
        PackFormat.WriteFrameHeader(frame, role, content.Length, content.Length, CompressionCodec.None);
        content.CopyTo(frame, PackFormat.FrameHeaderLength);
        using var cipher = PackFormat.DeriveCipher(_key, _vectors["salt"], _packId);
        PackFormat.SealInPlace(cipher, offset, frame);
        return frame;
    }
}
