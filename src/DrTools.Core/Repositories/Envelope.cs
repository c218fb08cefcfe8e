using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DrTools.Repositories.Keys;

namespace DrTools.Repositories;

/// <summary>What a sealed object is; part of what is authenticated.</summary>
internal enum EnvelopeKind : byte
{
    Manifest = 1,
    JournalRecord = 2,
    Lease = 3,
    Pin = 4,
    LockMarker = 5,

    /// <summary>Of the local cache; never in a store.</summary>
    CachedBackup = 6,
    Drill = 7,
    ActionEntry = 8,
}

/// <summary>
/// Seals small objects as a whole. Bound to the repository, the kind and the object's name, so that neither a flipped
/// bit nor an object put in another's place goes unnoticed. See <c>docs/repository-format.md</c>, "Envelopes".
/// </summary>
internal static class Envelope
{
    public const int HeaderLength = 8 + 2 + RepositoryKey.SaltLength;

    public const int TagLength = 16;

    public const int Overhead = HeaderLength + TagLength;

    private const byte SaltedKey = 1;

    /// <summary>The most that a reader takes for an object of a kind, bytes: it is read as a whole before anything shows
    /// that it is authentic.</summary>
    public static int MaximumLength(EnvelopeKind kind) => kind == EnvelopeKind.Manifest ? 1 << 30 : 1 << 20;

    private static ReadOnlySpan<byte> Magic => "DRTSEAL1"u8;

    public static byte[] Seal(RepositoryKey key, Guid repositoryId, EnvelopeKind kind, string name, ReadOnlySpan<byte> content) =>
        Seal(key, repositoryId, kind, name, content, RandomNumberGenerator.GetBytes(RepositoryKey.SaltLength));

    /// <summary>For test vectors: with a salt that is given.</summary>
    internal static byte[] Seal(RepositoryKey key, Guid repositoryId, EnvelopeKind kind, string name, ReadOnlySpan<byte> content, ReadOnlySpan<byte> salt)
    {
        var sealedObject = new byte[Overhead + content.Length];
        Magic.CopyTo(sealedObject);
        sealedObject[8] = (byte)kind;
        sealedObject[9] = SaltedKey;
        salt.CopyTo(sealedObject.AsSpan(10));
        using var cipher = key.DeriveCipher(salt, "drtools envelope v1", []);
        cipher.Encrypt(
            new byte[12],
            content,
            sealedObject.AsSpan(HeaderLength, content.Length),
            sealedObject.AsSpan(HeaderLength + content.Length),
            AssociatedData(sealedObject, repositoryId, name));
        return sealedObject;
    }

    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/> naming the object.</exception>
    public static byte[] Open(RepositoryKey key, Guid repositoryId, EnvelopeKind kind, string name, ReadOnlySpan<byte> sealedObject)
    {
        if (sealedObject.Length < Overhead || !sealedObject.StartsWith(Magic) || sealedObject[8] != (byte)kind || sealedObject[9] != SaltedKey)
        {
            throw Damaged(name, null);
        }

        var content = new byte[sealedObject.Length - Overhead];
        using var cipher = key.DeriveCipher(sealedObject.Slice(10, RepositoryKey.SaltLength), "drtools envelope v1", []);
        try
        {
            cipher.Decrypt(
                new byte[12],
                sealedObject.Slice(HeaderLength, content.Length),
                sealedObject[^TagLength..],
                content,
                AssociatedData(sealedObject, repositoryId, name));
            return content;
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw Damaged(name, e);
        }
    }

    /// <summary>The record in an opened object.</summary>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/>: it is authentic, and no such record.</exception>
    public static T ReadJson<T>(string name, ReadOnlySpan<byte> content, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(content, type) ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new DrException(
                DrError.IntegrityFailure,
                $"The object {name} is authentic but malformed: {e.Message}",
                "Use the version of DrTools that wrote it, or report the fault.",
                e)
            { Subject = name };
        }
    }

    private static byte[] AssociatedData(ReadOnlySpan<byte> sealedObject, Guid repositoryId, string name) =>
        [.. sealedObject[..HeaderLength], .. repositoryId.ToByteArray(bigEndian: true), .. System.Text.Encoding.ASCII.GetBytes(name)];

    private static DrException Damaged(string name, Exception? cause) => new(
        DrError.IntegrityFailure,
        $"The object {name} is damaged or does not belong here.",
        "Run a verification to see what suffers, and bring the object back from another copy of the repository.",
        cause)
    { Subject = name };
}
