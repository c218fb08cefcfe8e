using System.Security.Cryptography;
using System.Text;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Tests.Stores;
using Xunit;

namespace DrTools.Tests.Repositories;

public sealed class HeaderTests : IDisposable
{
    private const int Iterations = 1000;

    private readonly ScratchFolder _folder = new();
    private readonly RepositoryFactory _factory = new(TimeProvider.System, Iterations);
    private readonly RepositoryCredential _passphrase = RepositoryCredential.FromPassphrase("old");
    private readonly RepositoryCredential _other = RepositoryCredential.FromPassphrase("new");

    public void Dispose()
    {
        _passphrase.Dispose();
        _other.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_header_with_an_open_key_never_serves_whoever_has_a_secret()
    {
        var id = await CreateAsync();

        // Whoever can write there wants the next backups sealed with a key that he knows.
        using var known = RepositoryKey.Generate();
        Put(Header(id, 2, KeySlot.Wrap(known, RepositoryCredential.None, id)), known);
        var e = await Refuse(_passphrase);
        Assert.Equal(DrError.WrongKey, e.Error);
        Assert.Contains("is not encrypted, but a passphrase was given", e.Message, StringComparison.Ordinal);

        // Nor beside a slot that asks for the passphrase.
        Put(Header(id, 3, KeySlot.Wrap(known, _passphrase, id, Iterations), KeySlot.Wrap(known, RepositoryCredential.None, id)), known);
        Assert.Equal(DrError.WrongKey, (await Refuse(_passphrase)).Error);
    }

    [Fact]
    public async Task A_header_that_does_not_bear_the_mark_of_its_key_is_refused()
    {
        var id = await CreateAsync();
        using var key = RepositoryKey.Generate();
        using var stranger = RepositoryKey.Generate();
        Put(Header(id, 2, KeySlot.Wrap(key, _passphrase, id, Iterations)), stranger);
        Assert.Equal(DrError.IntegrityFailure, (await Refuse(_passphrase)).Error);
    }

    [Fact]
    public async Task Fewer_iterations_open_nothing()
    {
        var id = await CreateAsync();
        using var key = RepositoryKey.Generate();
        var slot = KeySlot.Wrap(key, _passphrase, id, Iterations);
        Assert.Equal(key.Bytes.ToArray(), slot.TryUnwrap(_passphrase, id)!.Bytes.ToArray());
        Assert.Null((slot with { Iterations = 1 }).TryUnwrap(_passphrase, id));
        Assert.Null((slot with { Iterations = 0 }).TryUnwrap(_passphrase, id));
        Assert.Null((slot with { Iterations = int.MaxValue }).TryUnwrap(_passphrase, id));
        Assert.Null((slot with { Kind = "key-file" }).TryUnwrap(_passphrase, id));
        Assert.Null((slot with { Salt = [] }).TryUnwrap(_passphrase, id));
        Assert.Null((slot with { Key = slot.Key[..^1] }).TryUnwrap(_passphrase, id));
        Assert.Null(slot.TryUnwrap(_passphrase, Guid.NewGuid()));
        Assert.Null(slot.TryUnwrap(_other, id));
        Assert.Null(slot.TryUnwrap(RepositoryCredential.None, id));
        Assert.Null(KeySlot.Wrap(key, RepositoryCredential.None, id).TryUnwrap(_passphrase, id));
    }

    [Fact]
    public async Task An_old_header_under_a_new_name_is_refused()
    {
        await CreateAsync();
        var old = await File.ReadAllBytesAsync(Path("00000001.a"), Token);
        await using (var repository = await OpenAsync(_passphrase))
        {
            await _factory.RotateKeyAsync(repository, _other, Token);
        }

        Assert.Equal(["00000002.a", "00000002.b"], Directory.GetFiles(Path("")).Select(System.IO.Path.GetFileName).Order());
        await File.WriteAllBytesAsync(Path("00000003.a"), old, Token);
        Assert.Equal(DrError.WrongKey, (await Refuse(_passphrase)).Error);
        await (await OpenAsync(_other)).DisposeAsync();
    }

    [Fact]
    public async Task A_rotation_that_fails_half_way_leaves_the_old_secret()
    {
        await CreateAsync();
        await using (var repository = await OpenAsync(_passphrase))
        {
            // The second copy does not find a place: its folder entry is taken by a folder.
            Directory.CreateDirectory(Path("00000002.b/x"));
            await Assert.ThrowsAsync<DrException>(() => _factory.RotateKeyAsync(repository, _other, Token).AsTask());
        }

        Directory.Delete(Path("00000002.b"), recursive: true);
        await (await OpenAsync(_passphrase)).DisposeAsync();
        Assert.Equal(DrError.WrongKey, (await Refuse(_other)).Error);
    }

    [Fact]
    public async Task A_rotation_never_takes_a_number_under_which_nobody_looks()
    {
        await CreateAsync();
        await File.WriteAllTextAsync(Path("99999999.b"), "no header", Token);
        await using (var repository = await OpenAsync(_passphrase))
        {
            var e = await Assert.ThrowsAsync<DrException>(() => _factory.RotateKeyAsync(repository, _other, Token).AsTask());
            Assert.Equal(DrError.IntegrityFailure, e.Error);
        }

        await (await OpenAsync(_passphrase)).DisposeAsync();
    }

    [Fact]
    public async Task One_whole_copy_serves_whatever_became_of_the_other()
    {
        await CreateAsync();
        var whole = await File.ReadAllBytesAsync(Path("00000001.b"), Token);
        var random = new Random(8);
        for (var i = 0; i < 60; i++)
        {
            await File.WriteAllBytesAsync(Path("00000001.b"), Fuzz.Mutate(random, whole), Token);
            await (await OpenAsync(_passphrase)).DisposeAsync();
        }

        await using (var big = File.Create(Path("00000001.b")))
        {
            big.SetLength(1L << 40);
        }

        await (await OpenAsync(_passphrase)).DisposeAsync();
        await File.WriteAllBytesAsync(Path("00000001.a"), [1, 2, 3], Token);
        Assert.Equal(DrError.RepositoryHeaderDamaged, (await Refuse(_passphrase)).Error);
    }

    [Fact]
    public async Task A_newer_version_is_named()
    {
        await CreateAsync();
        Write("00000002.a", """{"version":7,"anything":null}""");
        var e = await Refuse(_passphrase);
        Assert.Equal(DrError.RepositoryNewerFormat, e.Error);
        Assert.Contains("version 7", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{")]
    [InlineData("{\"version\":\"9\"}")]
    [InlineData("{\"version\":1e300}")]
    [InlineData("{\"version\":null}")]
    [InlineData("{\"format\":\"drtools-repository\",\"version\":1,\"keySlots\":null}")]
    [InlineData("FULL,\"keySlots\":null}")]
    [InlineData("FULL,\"keySlots\":[]}")]
    [InlineData("FULL,\"keySlots\":[null]}")]
    [InlineData("FULL,\"keySlots\":[{\"kind\":null,\"key\":\"\"}]}")]
    [InlineData("FULL,\"keySlots\":[{\"kind\":\"none\",\"key\":\"?\"}]}")]
    [InlineData("FULL,\"cipher\":\"none\"}")]
    [InlineData("FULL,\"version\":0}")]
    [InlineData("FULL,\"generation\":0}")]
    [InlineData("FULL,\"generation\":-1}")]
    [InlineData("FULL,\"generation\":1e10}")]
    public void A_header_that_makes_no_sense_is_damaged(string json)
    {
        using var key = RepositoryKey.Generate();
        var full = Encoding.UTF8.GetString(Header(Guid.NewGuid(), 1, KeySlot.Wrap(key, RepositoryCredential.None, Guid.Empty)).Serialize(key)).Split('\n')[0];
        Assert.NotNull(RepositoryHeader.TryParse(Text(full)));
        Assert.Null(RepositoryHeader.TryParse(Text(json.Replace("FULL", full[..^1], StringComparison.Ordinal))));
    }

    [Fact]
    public void Too_many_slots_are_not_tried()
    {
        using var key = RepositoryKey.Generate();
        var id = Guid.NewGuid();
        var slot = KeySlot.Wrap(key, _passphrase, id, 1);
        Assert.NotNull(RepositoryHeader.TryParse(Header(id, 1, [.. Enumerable.Repeat(slot, 8)]).Serialize(key)));
        Assert.Null(RepositoryHeader.TryParse(Header(id, 1, [.. Enumerable.Repeat(slot, 9)]).Serialize(key)));
    }

    [Fact]
    public void Noise_with_the_right_checksum_is_refused()
    {
        using var key = RepositoryKey.Generate();
        var json = Header(Guid.NewGuid(), 1, KeySlot.Wrap(key, RepositoryCredential.None, Guid.Empty)).Serialize(key)[..^131];
        Fuzz.ParseMany(9, 3000, [json], input =>
        {
            try
            {
                RepositoryHeader.TryParse(Text(input));
            }
            catch (DrException e) when (e.Error == DrError.RepositoryNewerFormat)
            {
            }
        });
    }

    private static RepositoryHeader Header(Guid id, int generation, params KeySlot[] slots) => new()
    {
        RepositoryId = id,
        Generation = generation,
        CreatedAt = DateTimeOffset.UnixEpoch,
        KeyChangedAt = DateTimeOffset.UnixEpoch,
        KeySlots = slots,
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static byte[] Text(string json) => Text(Encoding.UTF8.GetBytes(json));

    private static byte[] Text(byte[] json) =>
        [.. json, (byte)'\n', .. Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(json))), (byte)'\n', .. new byte[64], (byte)'\n'];

    private string Path(string name) => System.IO.Path.Join(_folder.Path, "repo", "header", name);

    private void Write(string name, string json) => File.WriteAllBytes(Path(name), Text(json));

    private void Put(RepositoryHeader header, RepositoryKey key) => File.WriteAllBytes(Path($"{header.Generation:D8}.a"), header.Serialize(key));

    private async Task<Guid> CreateAsync()
    {
        await using var repository = await _factory.CreateAsync(System.IO.Path.Join(_folder.Path, "repo"), _passphrase, Token);
        return repository.Id;
    }

    private ValueTask<Repository> OpenAsync(RepositoryCredential credential) => _factory.OpenAsync(System.IO.Path.Join(_folder.Path, "repo"), credential, Token);

    private Task<DrException> Refuse(RepositoryCredential credential) =>
        Assert.ThrowsAsync<DrException>(async () => await (await OpenAsync(credential)).DisposeAsync());
}
