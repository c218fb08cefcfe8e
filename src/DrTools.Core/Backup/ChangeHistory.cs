using System.Globalization;

namespace DrTools.Backup;

/// <summary>
/// Compares a backup with those before it of the same source. Ransomware encrypts files in large numbers: far more is new than
/// ever was, what is new cannot be compressed, or most files are gone. Each manifest carries the history on, so that nothing has
/// to be read for it.
/// </summary>
internal static class ChangeHistory
{
    /// <summary>Number of backups that are remembered.</summary>
    internal const int Length = 30;

    /// <summary>Number of usual backups of the same type without which nothing can be called unusual.</summary>
    internal const int Enough = 3;

    private const long SmallestNews = 1 << 20;

    /// <summary>Describes a backup and says what is unusual about it.</summary>
    /// <param name="backup">The backup, without history.</param>
    /// <param name="previous">The last one of the source; <see langword="null"/> when there is none that can be read.</param>
    /// <param name="storedAgain">How much of what it stored is old, from packs that are given up, bytes.</param>
    public static BackupInfo Judge(BackupInfo backup, BackupInfo? previous, long storedAgain = 0)
    {
        var news = Math.Max(0, backup.NewBytes - storedAgain);
        var history = previous?.ChangeHistory ?? [];
        var rate = new ChangeRate(
            backup.Type,
            Round(backup.Type == BackupType.Full ? 1 : Share(news, backup.SourceBytes)),
            Round(Share(backup.StoredBytes, backup.NewBytes)));
        var usual = history.Where(r => r.Type == backup.Type && !r.IsUnusual).ToList();
        List<string> unusual = [.. usual.Count < Enough || news < SmallestNews ? [] : Compare(backup, rate, usual), .. Missing(backup, previous)];
        return backup with
        {
            Unusual = unusual,
            ChangeHistory = [.. history.TakeLast(Length - 1), rate with { IsUnusual = unusual.Count > 0 }],
        };
    }

    private static IEnumerable<string> Compare(BackupInfo backup, ChangeRate rate, List<ChangeRate> usual)
    {
        var most = usual.Max(r => r.Changed);
        if (backup.Type != BackupType.Full && rate.Changed >= 0.05 && rate.Changed > 3 * most)
        {
            yield return $"{Percent(rate.Changed)} of the content is new ({Figures.Bytes((long)(rate.Changed * backup.SourceBytes))}); in the {usual.Count} backups before it was at most {Percent(most)}.";
        }

        var typical = Median(usual.Select(r => r.Stored));
        var isMuch = backup.Type == BackupType.Full || (rate.Changed >= 0.02 && rate.Changed >= 2 * Median(usual.Select(r => r.Changed)));
        if (rate.Stored >= 0.9 && rate.Stored >= typical + 0.25 && isMuch)
        {
            yield return $"What is new can hardly be compressed: {Percent(rate.Stored)} of its size is stored, where it was {Percent(typical)}. Encrypted files look like that.";
        }
    }

    private static IEnumerable<string> Missing(BackupInfo backup, BackupInfo? previous)
    {
        if (previous is { Files: >= 20 } && backup.Files <= previous.Files / 2)
        {
            yield return $"{Figures.Count(previous.Files - backup.Files, "file")} of {previous.Files.ToString("N0", CultureInfo.InvariantCulture)} are gone since the last backup.";
        }
    }

    private static double Share(long part, long whole) => whole <= 0 ? 0 : (double)part / whole;

    /// <summary>Four digits tell all there is to tell, and keep manifests of the same source alike.</summary>
    private static double Round(double share) => Math.Round(share, 4);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private static string Percent(double share) => (100 * share).ToString(share < 0.1 ? "0.##" : "0", CultureInfo.InvariantCulture) + " %";
}
