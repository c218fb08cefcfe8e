using System.Globalization;
using DrTools.Retention;

namespace DrTools.Plans;

/// <summary>Durations as a plan has them: those of retention (<see cref="RetentionDuration"/>), of which several may follow one
/// another (<c>1h30m</c>).</summary>
public static class PlanDuration
{
    /// <summary>The longest that is understood.</summary>
    public static readonly TimeSpan Maximum = TimeSpan.FromDays(365 * 1000);

    /// <summary>Durations in words.</summary>
    public const string Syntax = "a number with a unit: s, m (minutes), h, d, w or y, as in 90s, 15m, 1h30m, 4h, 30d";

    private const string Units = "smhdwy";

    /// <summary>Reads a duration of more than nothing.</summary>
    /// <param name="text">The text.</param>
    /// <param name="duration">The duration.</param>
    /// <param name="problem">What is wrong with the text, and what to write instead; sentences without a full stop at the end.</param>
    public static bool TryParse(string text, out TimeSpan duration, out (string What, string Remedy) problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        (duration, problem) = (TimeSpan.Zero, default);
        var rest = text.AsSpan().Trim();
        var lastUnit = Units.Length;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits <= 0 || digits == rest.Length - 1 && !Units.Contains(rest[digits], StringComparison.Ordinal) || !Units.Contains(rest[digits], StringComparison.Ordinal)
                || (rest.Length > digits + 1 && !char.IsAsciiDigit(rest[digits + 1])))
            {
                problem = Wrong(text.Trim());
                return false;
            }

            var unit = Units.IndexOf(rest[digits], StringComparison.Ordinal);
            if (unit >= lastUnit)
            {
                problem = ($"'{text}' does not go from larger to smaller units", "Write the largest unit first, and each once: 1h30m");
                return false;
            }

            // A zero is a number too, but a duration of nothing is none.
            if (rest[..digits].TrimStart('0').IsEmpty)
            {
                problem = ($"'{text}' has a part of nothing", $"Write {Syntax}, each number more than 0");
                return false;
            }

            if (!RetentionDuration.TryParse(rest[..(digits + 1)], out var part) || part > Maximum - duration)
            {
                problem = ($"'{text}' is longer than a thousand years", $"Write {Syntax}");
                return false;
            }

            duration += part;
            lastUnit = unit;
            rest = rest[(digits + 1)..];
        }

        if (lastUnit == Units.Length)
        {
            problem = ("the duration is empty", $"Write {Syntax}");
            return false;
        }

        return true;
    }

    /// <summary>Reads a duration of more than nothing.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> for another text.</exception>
    public static TimeSpan Parse(string text) => TryParse(text, out var duration, out var problem)
        ? duration
        : throw new DrException(DrError.BadUsage, $"This is no duration: {problem.What}.", problem.Remedy + ".");

    /// <summary>Writes a duration as it is read, in whole seconds (<c>1h30m</c>, <c>15m</c>, <c>7d</c>).</summary>
    public static string Format(TimeSpan duration)
    {
        var seconds = (long)Math.Ceiling(duration.TotalSeconds);
        if (seconds <= 0)
        {
            return "0s";
        }

        var text = string.Empty;
        foreach (var (length, unit) in new[] { (86400L, 'd'), (3600L, 'h'), (60L, 'm'), (1L, 's') })
        {
            if (seconds / length is > 0 and var count)
            {
                text += string.Create(CultureInfo.InvariantCulture, $"{count}{unit}");
                seconds %= length;
            }
        }

        return text;
    }

    private static (string What, string Remedy) Wrong(string text)
    {
        if (text.Length > 0 && text.All(char.IsAsciiDigit))
        {
            return ($"'{text}' has no unit", $"Write {text}m for minutes or {text}h for hours");
        }

        var number = text.AsSpan().IndexOfAnyExceptInRange('0', '9') is > 0 and var digits ? text[..digits] : null;
        var letter = number is null ? null : LetterOf(text[number.Length..].Trim().ToLowerInvariant());
        return letter is not null ? ($"'{text}' has a unit that is not known", $"Write {number}{letter}")
            : number is null ? ($"'{text}' is not a duration: an objective or an interval is a figure that can be measured", $"Write {Syntax}")
            : ($"'{text}' is not a duration", $"Write {Syntax}");
    }

    /// <summary>What people write instead of the letter.</summary>
    private static char? LetterOf(string word) => word switch
    {
        "sec" or "secs" or "second" or "seconds" => 's',
        "min" or "mins" or "minute" or "minutes" => 'm',
        "hr" or "hrs" or "hour" or "hours" => 'h',
        "day" or "days" => 'd',
        "week" or "weeks" or "wk" => 'w',
        "year" or "years" or "yr" => 'y',
        "s" or "m" or "h" or "d" or "w" or "y" => word[0],
        _ => null,
    };
}
