using System.Globalization;
using DrTools.Backup;

namespace DrTools.Retention;

/// <summary>
/// Which backups of a source are kept. The parts add up: a backup is kept when any of them keeps it. A count of 0
/// keeps nothing by that part.
/// </summary>
/// <remarks>
/// As text, a rule is <c>[type:]part[,part…]</c>, where a type is <c>full</c>, <c>differential</c> or
/// <c>incremental</c>, and a part is <c>last=N</c>, <c>daily=N</c>, <c>weekly=N</c>, <c>monthly=N</c>,
/// <c>yearly=N</c> or <c>within=DURATION</c> (<c>90s</c>, <c>15m</c>, <c>12h</c>, <c>30d</c>, <c>8w</c>, <c>2y</c>;
/// <c>m</c> is minutes and a year is 365 days). Examples: <c>last=7</c>, <c>daily=30,weekly=12,monthly=84</c>,
/// <c>incremental:within=14d,last=3</c>.
/// </remarks>
public sealed record RetentionRule
{
    /// <summary>The type that the rule is about; <see langword="null"/> for all.</summary>
    public BackupType? Type { get; init; }

    /// <summary>Keeps so many of the newest backups.</summary>
    public int KeepLast { get; init; }

    /// <summary>Keeps the newest backup of each of so many days (UTC) that have one, newest days first.</summary>
    public int KeepDaily { get; init; }

    /// <summary>Keeps the newest backup of each of so many ISO 8601 weeks (UTC) that have one.</summary>
    public int KeepWeekly { get; init; }

    /// <summary>Keeps the newest backup of each of so many months (UTC) that have one.</summary>
    public int KeepMonthly { get; init; }

    /// <summary>Keeps the newest backup of each of so many years (UTC) that have one.</summary>
    public int KeepYearly { get; init; }

    /// <summary>Keeps every backup that is no older than this.</summary>
    public TimeSpan? KeepWithin { get; init; }

    /// <summary>Whether it keeps anything at all.</summary>
    internal bool KeepsSomething =>
        KeepLast > 0 || KeepDaily > 0 || KeepWeekly > 0 || KeepMonthly > 0 || KeepYearly > 0 || KeepWithin > TimeSpan.Zero;

    /// <summary>Reads the textual form.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>, naming the part that makes no sense.</exception>
    public static RetentionRule Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var rule = new RetentionRule();
        var parts = text.AsSpan();
        var colon = parts.IndexOf(':');
        if (colon >= 0)
        {
            rule = rule with { Type = ParseType(text, parts[..colon].Trim().ToString()) };
            parts = parts[(colon + 1)..];
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var range in parts.Split(','))
        {
            var part = parts[range].Trim().ToString();
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                throw Bad(text, part.Length == 0 ? "a part is empty" : $"'{part}' is not of the form name=value");
            }

            var name = part[..equals].TrimEnd().ToLowerInvariant();
            if (!seen.Add(name))
            {
                throw Bad(text, $"'{name}' is given twice");
            }

            var value = part[(equals + 1)..].TrimStart();
            rule = name switch
            {
                "last" => rule with { KeepLast = ParseCount(text, part, value) },
                "daily" => rule with { KeepDaily = ParseCount(text, part, value) },
                "weekly" => rule with { KeepWeekly = ParseCount(text, part, value) },
                "monthly" => rule with { KeepMonthly = ParseCount(text, part, value) },
                "yearly" => rule with { KeepYearly = ParseCount(text, part, value) },
                "within" when RetentionDuration.TryParse(value, out var within) => rule with { KeepWithin = within },
                "within" => throw Bad(text, $"the duration of '{part}' is not {RetentionDuration.Syntax}"),
                _ => throw Bad(text, $"there is no part '{name}'"),
            };
        }

        return rule;
    }

    /// <summary>The textual form.</summary>
    public override string ToString()
    {
        var parts = new List<string>();
        Add("last", KeepLast);
        Add("daily", KeepDaily);
        Add("weekly", KeepWeekly);
        Add("monthly", KeepMonthly);
        Add("yearly", KeepYearly);
        if (KeepWithin is { } within)
        {
            parts.Add($"within={RetentionDuration.Format(within)}");
        }

        return TypePrefix(Type, "") + string.Join(',', parts);

        void Add(string name, int count)
        {
            if (count != 0)
            {
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{name}={count}"));
            }
        }
    }

    /// <summary>How the type starts a rule or a reason; nothing for all types.</summary>
    internal static string TypePrefix(BackupType? type, string space) => type switch
    {
        null => "",
        BackupType.Full => "full:" + space,
        BackupType.Differential => "differential:" + space,
        BackupType.Incremental => "incremental:" + space,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private static BackupType ParseType(string text, string type) => type.ToLowerInvariant() switch
    {
        "full" => BackupType.Full,
        "differential" => BackupType.Differential,
        "incremental" => BackupType.Incremental,
        _ => throw Bad(text, $"there is no type '{type}'"),
    };

    private static int ParseCount(string text, string part, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
            ? count
            : throw Bad(text, $"the count of '{part}' is not a whole number from 1 to {int.MaxValue}");

    private static DrException Bad(string text, string why) => new(
        DrError.BadUsage,
        $"The retention rule '{text}' makes no sense: {why}.",
        "Write [full:|differential:|incremental:] and then last=N, daily=N, weekly=N, monthly=N, yearly=N or within=DURATION, divided by commas, as in daily=30,weekly=12. "
        + $"A duration is {RetentionDuration.Syntax}.") { Subject = text };
}
