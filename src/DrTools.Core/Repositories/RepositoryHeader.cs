using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Locks;
using DrTools.Stores;

namespace DrTools.Repositories;

/// <summary>
/// The clear text start of a repository: format, identity and the wrapped key. A header is never changed; a new
/// generation replaces it. Every generation is stored twice. See <c>docs/repository-format.md</c>, "Header".
/// </summary>
internal sealed record RepositoryHeader
{
    /// <summary>The version that new repositories have: 2 brought paged files.</summary>
    public const int CurrentVersion = 2;

    public const string Prefix = "header/";

    /// <summary>The most bytes of a header: nothing shows that it is authentic before it has been read.</summary>
    public const int MaximumLength = 64 << 10;

    public const int MaximumKeySlots = 8;

    /// <summary>The last generation that the name has room for.</summary>
    public const int MaximumGeneration = 99_999_999;

    public const string AuthenticationPurpose = "drtools header v1";

    /// <summary>The two copies of a generation.</summary>
    public static readonly string[] Copies = ["a", "b"];

    [JsonPropertyName("format")]
    public string Format { get; init; } = "drtools-repository";

    [JsonPropertyName("version")]
    public int Version { get; init; } = CurrentVersion;

    [JsonPropertyName("repositoryId")]
    public required Guid RepositoryId { get; init; }

    [JsonPropertyName("generation")]
    public required int Generation { get; init; }

    [JsonPropertyName("createdAt")]
    public required DateTimeOffset CreatedAt { get; init; }

    [JsonPropertyName("keyChangedAt")]
    public required DateTimeOffset KeyChangedAt { get; init; }

    [JsonPropertyName("cipher")]
    public string Cipher { get; init; } = "aes-256-gcm";

    [JsonPropertyName("keySlots")]
    public required IReadOnlyList<KeySlot> KeySlots { get; init; }

    /// <summary>What is declared of where it is; readers that do not know these members pass over them.</summary>
    [JsonPropertyName("medium")]
    public string? Medium { get; init; }

    [JsonPropertyName("site")]
    public string? Site { get; init; }

    /// <summary><c>governance</c> or <c>compliance</c> when objects are locked.</summary>
    [JsonPropertyName("objectLockMode")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ObjectLockMode { get; init; }

    /// <summary>How far ahead everything that is kept is locked, days.</summary>
    [JsonPropertyName("retentionDays")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int RetentionDays { get; init; }

    [JsonIgnore]
    public LockPolicy? Locks => ObjectLockMode is null
        ? null
        : new LockPolicy(ObjectLockMode == "compliance" ? Stores.ObjectLockMode.Compliance : Stores.ObjectLockMode.Governance, RetentionDays);

    [JsonIgnore]
    public bool IsEncrypted
    {
        get
        {
            // Plain loops: a program that is started for every segment of a log reads a header, and no more.
            foreach (var slot in KeySlots)
            {
                if (slot.Kind == "none")
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Whether this is the name of a copy of this header.</summary>
    public bool IsNamed(string objectName) => objectName == ObjectName(Generation, Copies[0]) || objectName == ObjectName(Generation, Copies[1]);

    public static string ObjectName(int generation, string copy) => $"{Prefix}{generation:D8}.{copy}";

    /// <summary>The generation that a name tells; <see langword="null"/> when it is not the name of a header.</summary>
    public static int? GenerationOf(string objectName) =>
        objectName.Length > Prefix.Length + 8 && objectName[Prefix.Length + 8] == '.'
        && int.TryParse(objectName.AsSpan(Prefix.Length, 8), NumberStyles.None, CultureInfo.InvariantCulture, out var generation)
            ? generation
            : null;

    /// <summary>Three lines: JSON, its SHA-256, and its HMAC under a key derived from the repository key.</summary>
    public byte[] Serialize(RepositoryKey key)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this, RepositoryJson.Default.RepositoryHeader);
        return [.. json, (byte)'\n', .. HexOfHash(json), (byte)'\n', .. Hex(key.Authenticate(AuthenticationPurpose, json)), (byte)'\n'];
    }

    /// <summary>Reads a copy; <see langword="null"/> when it is damaged.</summary>
    /// <exception cref="DrException"><see cref="DrError.RepositoryNewerFormat"/>.</exception>
    public static RepositoryHeaderCopy? TryParse(ReadOnlySpan<byte> text)
    {
        const int tail = 1 + 64 + 1 + 64 + 1;
        if (text.Length is <= tail or > MaximumLength)
        {
            return null;
        }

        var json = text[..^tail];
        var checksum = text.Slice(json.Length + 1, 64);
        var authentication = text.Slice(json.Length + 66, 64);
        if (text[json.Length] != '\n' || text[json.Length + 65] != '\n' || text[^1] != '\n'
            || !checksum.SequenceEqual(HexOfHash(json)))
        {
            return null;
        }

        if (HeaderJson.TryParse(json, CurrentVersion, out var header, out var newerVersion) && header.IsPlausible())
        {
            return new RepositoryHeaderCopy(header, json.ToArray(), authentication.ToArray());
        }

        // The version first: a newer header may hold anything.
        return newerVersion is not { } version ? null : throw new DrException(
            DrError.RepositoryNewerFormat,
            $"The repository has format version {version}; this DrTools reads up to version {CurrentVersion}.",
            "Use a newer DrTools.");
    }

    /// <summary>An open key is never one of several: it would make the others worthless.</summary>
    private bool IsPlausible() =>
        Format == "drtools-repository" && Version is >= 1 and <= CurrentVersion && Cipher == "aes-256-gcm" && Generation is > 0 and <= MaximumGeneration
        && KeySlots.Count is > 0 and <= MaximumKeySlots
        && (IsEncrypted || KeySlots.Count == 1)
        && (ObjectLockMode is null ? RetentionDays == 0 : ObjectLockMode is "governance" or "compliance" && RetentionDays is > 0 and <= LockPolicy.MaximumDays);

    private static byte[] HexOfHash(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[FastHash.Length];
        FastHash.Sha256(data, hash);
        return Hex(hash);
    }

    internal static byte[] Hex(ReadOnlySpan<byte> hash)
    {
        var text = new byte[hash.Length * 2];
        for (var i = 0; i < hash.Length; i++)
        {
            text[2 * i] = (byte)"0123456789abcdef"[hash[i] >> 4];
            text[(2 * i) + 1] = (byte)"0123456789abcdef"[hash[i] & 15];
        }

        return text;
    }
}

/// <summary>A header as read, with what is needed to check that it was written by a holder of the key.</summary>
internal sealed record RepositoryHeaderCopy(RepositoryHeader Header, byte[] Json, byte[] Authentication)
{
    public bool IsAuthentic(RepositoryKey key) => CryptographicOperations.FixedTimeEquals(
        Authentication,
        RepositoryHeader.Hex(key.Authenticate(RepositoryHeader.AuthenticationPurpose, Json)));
}
