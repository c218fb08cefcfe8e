using DrTools.Backup;
using DrTools.Repositories.Logs;

namespace DrTools.Expiry;

/// <summary>Knows which logs of its servers can go. Providers register theirs; logs that nobody knows stay.</summary>
public interface ILogRetention
{
    /// <summary>Whether it knows the logs of a series.</summary>
    bool Knows(string series);

    /// <summary>Whether a recovery from a backup reads logs of a series.</summary>
    bool Concerns(string series, BackupInfo backup);

    /// <summary>Decides about the logs of one series. It decides only: whatever may be of use to a backup that is running is
    /// kept by the engine.</summary>
    /// <returns>A decision for each log of the request.</returns>
    IReadOnlyList<LogDecision> Plan(LogRetentionRequest request);
}

/// <summary>What there is to decide.</summary>
public sealed record LogRetentionRequest
{
    /// <summary>The series.</summary>
    public required string Series { get; init; }

    /// <summary>Its logs, in the order of their names.</summary>
    public required IReadOnlyList<StoredLog> Logs { get; init; }

    /// <summary>Every backup that is kept, of whatever source.</summary>
    public required IReadOnlyList<BackupInfo> Backups { get; init; }

    /// <summary>How far back every moment must stay restorable; every backup's to the present when <see langword="null"/>.</summary>
    public TimeSpan? Window { get; init; }

    /// <summary>The present, UTC.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Reads a small log; <see langword="null"/> when it is gone.</summary>
    public required Func<LogName, byte[]?> Read { get; init; }
}

/// <summary>What becomes of a log.</summary>
/// <param name="Log">The log.</param>
/// <param name="Keep">Whether it is kept.</param>
/// <param name="Reason">Why.</param>
public readonly record struct LogDecision(StoredLog Log, bool Keep, string Reason);

/// <summary>What became of the logs of one series, or would become of them.</summary>
/// <param name="Series">The series.</param>
/// <param name="Removed">Logs removed.</param>
/// <param name="FreedBytes">Their size, bytes.</param>
/// <param name="Kept">Logs kept.</param>
/// <param name="FirstRemoved">Name of the first that was removed.</param>
/// <param name="LastRemoved">Name of the last.</param>
/// <param name="Reasons">Why the others are kept, and how many for each reason.</param>
public sealed record LogSeriesExpiry(
    string Series, int Removed, long FreedBytes, int Kept, string? FirstRemoved, string? LastRemoved, IReadOnlyList<string> Reasons);

/// <summary>The registered <see cref="ILogRetention"/>s.</summary>
public static class LogRetentions
{
    private static readonly List<ILogRetention> Registered = [];

    /// <summary>Adds one; another of its class takes its place.</summary>
    public static void Register(ILogRetention retention)
    {
        ArgumentNullException.ThrowIfNull(retention);
        lock (Registered)
        {
            Registered.RemoveAll(r => r.GetType() == retention.GetType());
            Registered.Add(retention);
        }
    }

    internal static ILogRetention? Find(string series)
    {
        lock (Registered)
        {
            return Registered.Find(r => r.Knows(series));
        }
    }
}
