using System.Text;
using System.Text.Json;
using DrTools.Backup;
using DrTools.Content;
using DrTools.Repositories;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;
using DrTools.Serialization;
using DrTools.Sources;
using Xunit;

namespace DrTools.Tests.Repositories;

public sealed class ManifestRootTests
{
    [Fact]
    public void A_manifest_comes_back()
    {
        var manifest = Make();
        var read = ManifestRoot.Parse(manifest.Serialize());
        Assert.Equal(JsonSerializer.Serialize(manifest.Info), JsonSerializer.Serialize(read.Info));
        Assert.Equal(manifest.Packs.Select(p => (p.ObjectName, p.Kind, p.Length, p.RawBytes, p.LiveBytes)), read.Packs.Select(p => (p.ObjectName, p.Kind, p.Length, p.RawBytes, p.LiveBytes)));
        Assert.Equal(manifest.Blocks.Select(b => (b.Hash, b.Frame, Convert.ToHexString(b.FirstPath))), read.Blocks.Select(b => (b.Hash, b.Frame, Convert.ToHexString(b.FirstPath))));
    }

    [Fact]
    public void Whatever_becomes_of_a_manifest_it_is_read_or_refused() =>
        Fuzz.ParseMany(7, 6000, [Make().Serialize(), (Make() with { Packs = [], Blocks = [] }).Serialize()], input => ManifestRoot.Parse(input));

    [Fact]
    public void Owners_that_are_no_ids_are_refused()
    {
        foreach (var owner in new[] { "", ".", "..", "a/b", "../b", "a\0", "ü", new string('a', 256) })
        {
            var manifest = Make();
            manifest = manifest with { Packs = [Pack(1, owner)], Blocks = [] };
            Assert.Throws<InvalidDataException>(() => ManifestRoot.Parse(manifest.Serialize()));
        }
    }

    [Fact]
    public void Packs_that_cannot_be_are_refused()
    {
        Refuse(Pack(1), Pack(1));
        Refuse(Pack(1, length: 95));
        Refuse(Pack(1, length: long.MaxValue));
        Refuse(Pack(1, length: PackFormat.MaximumLength + 1));
        Refuse(Pack(1, raw: long.MaxValue));
        Refuse(Pack(1, raw: 10, live: 11));
    }

    [Theory]
    [InlineData(63, 50)]
    [InlineData(64, 28)]
    [InlineData((1 << 20) - 32 - 49, 50)]
    [InlineData(long.MaxValue, 50)]
    [InlineData(64, (1 << 20) + 29)]
    public void Blocks_outside_their_packs_are_refused(long offset, int length)
    {
        var manifest = Make() with { Packs = [Pack(1)], Blocks = [new ManifestBlock(ContentHash.Empty, new FrameLocation(0, offset, length), [])] };
        Assert.Throws<InvalidDataException>(() => ManifestRoot.Parse(manifest.Serialize()));
    }

    [Fact]
    public void Indexes_into_nothing_are_refused()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(Make().Info, RepositoryJson.Default.BackupInfo);
        var writer = new ByteWriter();
        writer.LengthAndBytes(json);
        writer.Bytes([0, 1]);
        writer.Bytes(new byte[100]);
        Assert.Throws<InvalidDataException>(() => ManifestRoot.Parse(writer.Written));
        writer.Clear();
        writer.LengthAndBytes(json);
        writer.Bytes([0, 0, 1]);
        writer.Bytes(new byte[100]);
        Assert.Throws<InvalidDataException>(() => ManifestRoot.Parse(writer.Written));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("\"x\"")]
    [InlineData("\"issues\":null")]
    [InlineData("\"issues\":[null]")]
    [InlineData("\"facts\":null")]
    [InlineData("\"facts\":{\"tables\":[null]}")]
    [InlineData("\"exclude\":[null]")]
    [InlineData("\"id\":null")]
    [InlineData("\"type\":\"Other\"")]
    [InlineData("\"started\":\"yesterday\"")]
    [InlineData("\"files\":1e99")]
    public void Descriptions_that_say_nothing_are_refused(string json)
    {
        var valid = Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(Make().Info, RepositoryJson.Default.BackupInfo));
        var writer = new ByteWriter();
        writer.LengthAndBytes(Encoding.UTF8.GetBytes(json.Contains(':', StringComparison.Ordinal) ? $"{valid[..^1]},{json}}}" : json));
        writer.Bytes([0, 0, 0]);
        Assert.Throws<InvalidDataException>(() => ManifestRoot.Parse(writer.Written));
    }

    [Fact]
    public void Members_that_a_later_writer_added_are_passed_over()
    {
        var valid = Encoding.UTF8.GetString(JsonSerializer.SerializeToUtf8Bytes(Make().Info, RepositoryJson.Default.BackupInfo));
        var writer = new ByteWriter();
        writer.LengthAndBytes(Encoding.UTF8.GetBytes(valid[..^1] + ",\"later\":{\"a\":[1]}}"));
        writer.Bytes([0, 0, 0]);
        Assert.Equal("b1", ManifestRoot.Parse(writer.Written).Info.Id);
    }

    private static void Refuse(params PackInfo[] packs)
    {
        var manifest = Make() with { Packs = packs, Blocks = [] };
        Assert.Throws<InvalidDataException>(() => ManifestRoot.Parse(manifest.Serialize()));
    }

    private static PackInfo Pack(int number, string owner = "b1", long length = 1 << 20, long raw = 100, long live = 50) => new()
    {
        Id = new Guid(number, 0, 0, new byte[8]),
        BackupId = owner,
        Kind = PackKind.Metadata,
        Salt = new byte[32],
        Length = length,
        RawBytes = raw,
        LiveBytes = live,
    };

    private static ManifestRoot Make() => new(
        new BackupInfo
        {
            Id = "b1",
            Source = "files:/x",
            Host = "h",
            Type = BackupType.Full,
            Sequence = 1,
            FullId = "b1",
            Started = DateTimeOffset.UnixEpoch,
            Finished = DateTimeOffset.UnixEpoch,
            ToolVersion = "1",
            Issues = [new EntryIssue("p", "q", true)],
            Facts = new SourceFacts { Tables = [new TableRows("t", 1)], Details = new Dictionary<string, string> { ["k"] = "v" } },
        },
        [Pack(1), Pack(2, "b0")],
        [new ManifestBlock(ContentHash.Of("x"u8), new FrameLocation(1, 64, 50), [1, 2, 3])]);
}
