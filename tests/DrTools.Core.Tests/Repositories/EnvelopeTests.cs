using DrTools.Repositories;
using DrTools.Repositories.Keys;
using Xunit;

namespace DrTools.Tests.Repositories;

public sealed class EnvelopeTests : IDisposable
{
    private readonly RepositoryKey _key = new(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray());
    private readonly Guid _id = Guid.NewGuid();

    public void Dispose() => _key.Dispose();

    [Fact]
    public void An_object_opens_only_in_its_place()
    {
        var stored = Envelope.Seal(_key, _id, EnvelopeKind.Pin, "pins/a", "content"u8);
        Assert.Equal("content"u8.ToArray(), Envelope.Open(_key, _id, EnvelopeKind.Pin, "pins/a", stored));
        Refuse(_key, _id, EnvelopeKind.Pin, "pins/b", stored);
        Refuse(_key, _id, EnvelopeKind.Pin, "pins/ab", stored);
        Refuse(_key, _id, EnvelopeKind.Lease, "pins/a", stored);
        Refuse(_key, Guid.NewGuid(), EnvelopeKind.Pin, "pins/a", stored);
        using var other = RepositoryKey.Generate();
        Refuse(other, _id, EnvelopeKind.Pin, "pins/a", stored);
        for (var length = 0; length < stored.Length; length++)
        {
            Refuse(_key, _id, EnvelopeKind.Pin, "pins/a", stored[..length]);
        }

        for (var bit = 0; bit < stored.Length * 8; bit++)
        {
            var flipped = stored.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Refuse(_key, _id, EnvelopeKind.Pin, "pins/a", flipped);
        }
    }

    [Fact]
    public void The_kind_cannot_be_changed_along_with_the_question()
    {
        var stored = Envelope.Seal(_key, _id, EnvelopeKind.Pin, "pins/a", "content"u8);
        stored[8] = (byte)EnvelopeKind.Lease;
        Refuse(_key, _id, EnvelopeKind.Lease, "pins/a", stored);
    }

    [Fact]
    public void No_two_objects_share_a_key()
    {
        var salts = Enumerable.Range(0, 100)
            .Select(_ => Convert.ToHexString(Envelope.Seal(_key, _id, EnvelopeKind.Pin, "pins/a", "content"u8).AsSpan(10, 32)));
        Assert.Equal(100, salts.Distinct().Count());
    }

    [Fact]
    public void Noise_is_refused()
    {
        var stored = Envelope.Seal(_key, _id, EnvelopeKind.Pin, "pins/a", "content"u8);
        Fuzz.ParseMany(6, 2000, [stored], input =>
        {
            if (!input.AsSpan().SequenceEqual(stored))
            {
                Refuse(_key, _id, EnvelopeKind.Pin, "pins/a", input);
            }
        });
    }

    private static void Refuse(RepositoryKey key, Guid id, EnvelopeKind kind, string name, byte[] stored)
    {
        var e = Assert.Throws<DrException>(() => Envelope.Open(key, id, kind, name, stored));
        Assert.Equal((DrError.IntegrityFailure, name), (e.Error, e.Subject));
    }
}
