using System.Security.Cryptography;
using System.Text.Json;

namespace DrTools.Reports.Evidence;

/// <summary>
/// Seals a report with the keys of its repositories: HMAC-SHA256 of the report as JSON without its seals, under the HMAC-SHA256 of
/// nothing under the repository's derived key. It shows that what a report takes from the plan (objectives, schedules), which no
/// record holds, was not altered by anyone without the key.
/// </summary>
internal static class ReportSeal
{
    /// <summary>Tells this key from every other one that follows from the repository's.</summary>
    public const string Purpose = "drtools report v1";

    /// <summary>The same report with a seal of each repository.</summary>
    public static Report Seal(Report report, IReadOnlyList<RepositoryRecords> repositories) => report with
    {
        Evidence = [.. report.Evidence.Select(e => e with { Seal = repositories.First(r => r.Id == e.RepositoryId) is var records ? Of(report, records.SealKey) : null })],
    };

    /// <summary>Whether the seal of a repository is right.</summary>
    public static bool IsRight(Report report, RepositoryRecords records) =>
        report.Evidence.Where(e => e.RepositoryId == records.Id).Select(e => e.Seal).FirstOrDefault() is { } seal
        && CryptographicOperations.FixedTimeEquals(System.Text.Encoding.ASCII.GetBytes(seal), System.Text.Encoding.ASCII.GetBytes(Of(report, records.SealKey)));

    private static string Of(Report report, byte[] key) => Convert.ToHexStringLower(HMACSHA256.HashData(
        key, JsonSerializer.SerializeToUtf8Bytes(Unsealed(report), ReportJson.Default.Report)));

    /// <summary>The report without its seals.</summary>
    public static Report Unsealed(Report report) => report with { Evidence = [.. report.Evidence.Select(e => e with { Seal = null })] };
}
