using System.Globalization;
using System.Security.Cryptography;
using DrTools.Backup;
using DrTools.Repositories.Keys;

namespace DrTools.Repositories.Manifests;

/// <summary>
/// The name of a manifest: <c>manifests/SOURCE/NNNNNNNN-T-ID</c>. It tells, without reading anything, which backups
/// are of one source (by a keyed hash, so that it tells nobody else what the source is), their order and their type.
/// </summary>
internal sealed record ManifestName(string SourceTag, long Sequence, BackupType Type, string BackupId)
{
    public const string Prefix = "manifests/";

    /// <summary>The last number that the name has room for.</summary>
    public const long MaximumSequence = 99_999_999;

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{SourceTag}/{Sequence:D8}-{Type.ToString()[0]}-{BackupId}");

    /// <summary>The tag of a source: 16 hexadecimal digits of an HMAC over host and name.</summary>
    public static string TagOf(RepositoryKey key, string host, string source) =>
        Convert.ToHexStringLower(key.Authenticate("drtools source v1", System.Text.Encoding.UTF8.GetBytes($"{host}\n{source}")).AsSpan(0, 8));

    /// <summary>Reads a name; <see langword="null"/> when it is not one of a manifest.</summary>
    public static ManifestName? TryParse(string objectName)
    {
        var parts = objectName.Split('/');
        if (parts is not ["manifests", { Length: 16 } tag, { Length: > 11 } rest]
            || rest[8] != '-' || rest[10] != '-'
            || !long.TryParse(rest.AsSpan(0, 8), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence))
        {
            return null;
        }

        BackupType? type = rest[9] switch { 'F' => BackupType.Full, 'D' => BackupType.Differential, 'I' => BackupType.Incremental, _ => null };
        return type is { } known ? new ManifestName(tag, sequence, known, rest[11..]) : null;
    }
}
