using System.Globalization;
using System.Security.Cryptography;

namespace DrTools.Backup;

/// <summary>Ids of backups: the time in UTC, for people, and 32 random bits, for uniqueness.</summary>
internal static class BackupId
{
    public static string New(DateTimeOffset now) =>
        $"{now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
}
