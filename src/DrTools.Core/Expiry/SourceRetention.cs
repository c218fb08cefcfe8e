using DrTools.Backup;
using DrTools.Retention;

namespace DrTools.Expiry;

/// <summary>How long backups of one source are kept, where sources differ.</summary>
public sealed record SourceRetention
{
    /// <summary>The source.</summary>
    public required string Source { get; init; }

    /// <summary>The host that it is on.</summary>
    public required string Host { get; init; }

    /// <summary>What is kept.</summary>
    public required RetentionPolicy Policy { get; init; }

    /// <summary>How far back every moment of it is to stay restorable from logs; since its oldest backup if not given.</summary>
    public TimeSpan? LogWindow { get; init; }

    internal bool IsOf(BackupInfo? backup) => backup is not null && backup.Source == Source && backup.Host == Host;

    /// <summary>The window of logs that several backups need: one only where each of them belongs to a source that has one.</summary>
    internal static TimeSpan? WindowOf(IReadOnlyList<SourceRetention> retentions, IEnumerable<BackupInfo> backups)
    {
        var windows = backups.Select(b => retentions.FirstOrDefault(r => r.IsOf(b))?.LogWindow).ToList();
        return windows.Count == 0 || windows.Contains(null) ? null : windows.Max();
    }
}
