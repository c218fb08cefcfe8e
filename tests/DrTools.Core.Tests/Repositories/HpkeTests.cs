using System.Security.Cryptography;
using DrTools.Repositories.Keys;
using Xunit;

namespace DrTools.Tests.Repositories;

public sealed class HpkeTests
{
    // RFC 9180, A.3.1: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode.
    private const string EphemeralInput = "4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e";
    private const string RecipientInput = "668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550";
    private const string RecipientPrivate = "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2";
    private const string RecipientPublic = "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0";
    private const string Encapsulated = "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4";
    private const string Information = "4f6465206f6e2061204772656369616e2055726e";
    private const string Message = "4265617574792069732074727574682c20747275746820626561757479";
    private const string Additional = "436f756e742d30";
    private const string Ciphertext = "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434";

    [Fact]
    public void Keys_are_derived_as_the_standard_says()
    {
        var key = Hpke.DerivePrivateKey(Hex(RecipientInput));
        Assert.Equal(RecipientPrivate, Convert.ToHexStringLower(key));
        Assert.Equal(RecipientPublic, Convert.ToHexStringLower(Hpke.PublicKeyOf(key)));
    }

    [Fact]
    public void The_vector_of_the_standard_is_met_in_both_directions()
    {
        using var ephemeral = Hpke.ImportPrivate(Hpke.DerivePrivateKey(Hex(EphemeralInput)));
        var message = Hpke.Seal(ephemeral, Hex(RecipientPublic), Hex(Information), Hex(Additional), Hex(Message), keyLength: 16);
        Assert.Equal(Encapsulated + Ciphertext, Convert.ToHexStringLower(message));
        var opened = new byte[Message.Length / 2];
        Assert.True(Hpke.TryOpen(Hex(RecipientPrivate), Hex(Information), Hex(Additional), message, opened, keyLength: 16));
        Assert.Equal(Message, Convert.ToHexStringLower(opened));
    }

    /// <summary>Made with another implementation (Python's cryptography 48, AES-256-GCM, no additional data).</summary>
    [Fact]
    public void What_another_implementation_sealed_is_opened()
    {
        var message = Hex("0462542a3e571ddc17e7fdb5f3cdc7e4feb13fbbb6199e9cf081a7a84f2d78576fc8e15ff8c8038ee1ab0d038ee6cd75f9a7ef7819d145a64648c64ba3dc7a4bd2823f18a4f38a28ddf9264c544682faf77283b4839be378943f06be783532ff517ef14919c16c36b9dcefef74ebab7cf7");
        var opened = new byte[32];
        Assert.True(Hpke.TryOpen(Hex(RecipientPrivate), "drtools deposit v1"u8, [], message, opened));
        Assert.Equal("0123456789abcdef0123456789abcdef"u8, opened);
    }

    [Fact]
    public void What_is_changed_or_meant_for_somebody_else_is_not_opened()
    {
        var privateKey = Hpke.DerivePrivateKey(RandomNumberGenerator.GetBytes(32));
        var message = Hpke.Seal(Hpke.PublicKeyOf(privateKey), "info"u8, "additional"u8, "secret"u8);
        var opened = new byte[6];
        Assert.True(Hpke.TryOpen(privateKey, "info"u8, "additional"u8, message, opened));
        for (var i = 0; i < message.Length; i++)
        {
            message[i] ^= 1;
            Assert.False(Hpke.TryOpen(privateKey, "info"u8, "additional"u8, message, opened), $"byte {i}");
            Assert.Equal(new byte[6], opened);
            message[i] ^= 1;
        }

        Assert.False(Hpke.TryOpen(privateKey, "other"u8, "additional"u8, message, opened));
        Assert.False(Hpke.TryOpen(privateKey, "info"u8, "other"u8, message, opened));
        Assert.False(Hpke.TryOpen(Hpke.DerivePrivateKey(RandomNumberGenerator.GetBytes(32)), "info"u8, "additional"u8, message, opened));
        Assert.False(Hpke.TryOpen(privateKey, "info"u8, "additional"u8, message.AsSpan(1), opened));
    }

    [Fact]
    public void Only_points_of_the_curve_are_public_keys()
    {
        var key = Hpke.PublicKeyOf(Hpke.DerivePrivateKey(RandomNumberGenerator.GetBytes(32)));
        Assert.True(Hpke.IsPublicKey(key));
        key[^1] ^= 1;
        Assert.False(Hpke.IsPublicKey(key));
        Assert.False(Hpke.IsPublicKey(new byte[65]));
        Assert.False(Hpke.IsPublicKey([]));
    }

    private static byte[] Hex(string text) => Convert.FromHexString(text);
}
