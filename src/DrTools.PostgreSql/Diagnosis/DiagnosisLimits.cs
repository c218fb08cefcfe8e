using System.Globalization;

namespace DrTools.PostgreSql.Diagnosis;

/// <summary>From when on something is worth a warning.</summary>
internal sealed record DiagnosisLimits
{
    public static DiagnosisLimits Default { get; } = new();

    public TimeSpan LongTransaction { get; init; } = TimeSpan.FromHours(1);

    public TimeSpan LockWait { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>WAL that a slot without a consumer holds, bytes.</summary>
    public long SlotWal { get; init; } = 1L << 30;

    /// <summary>A span as SQL.</summary>
    public static string Interval(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"interval '{(long)span.TotalMilliseconds} ms'");
}
