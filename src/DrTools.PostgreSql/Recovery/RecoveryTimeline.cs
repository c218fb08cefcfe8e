using System.Globalization;

namespace DrTools.PostgreSql.Recovery;

/// <summary>Which timeline a recovery follows.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-RECOVERY-TARGET-TIMELINE">
/// recovery_target_timeline</see>.</remarks>
public readonly record struct RecoveryTimeline
{
    private const uint CurrentMark = uint.MaxValue;

    private readonly uint _value;

    private RecoveryTimeline(uint value) => _value = value;

    /// <summary>The newest timeline that the archive knows of and that descends from the backup's.</summary>
    public static RecoveryTimeline Latest => default;

    /// <summary>The timeline that the backup was taken on.</summary>
    public static RecoveryTimeline Current { get; } = new(CurrentMark);

    /// <summary>Its number, if one was named.</summary>
    public uint? Number => _value is 0 or CurrentMark ? null : _value;

    /// <summary>A timeline by its number.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>: timelines count from 1.</exception>
    public static RecoveryTimeline Of(uint number) => number is > 0 and < CurrentMark ? new(number) : throw Unusable($"{number}");

    /// <summary>Reads <c>latest</c>, <c>current</c> or a number (decimal, or hexadecimal with 0x).</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    public static RecoveryTimeline Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var word = text.Trim();
        if (word.Equals("latest", StringComparison.OrdinalIgnoreCase))
        {
            return Latest;
        }

        if (word.Equals("current", StringComparison.OrdinalIgnoreCase))
        {
            return Current;
        }

        var isHexadecimal = word.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return uint.TryParse(isHexadecimal ? word[2..] : word, isHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? Of(number)
            : throw Unusable(text);
    }

    /// <summary>The value of <c>recovery_target_timeline</c>.</summary>
    public override string ToString() => this == Current ? "current" : Number is { } number ? number.ToString(CultureInfo.InvariantCulture) : "latest";

    private static DrException Unusable(string text) => new(
        DrError.BadUsage, $"'{text}' is not a timeline.", "Write latest, current, or a number from 1 (the first eight digits of a segment's name, as 0x…).");
}
