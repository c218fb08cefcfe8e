using System.Globalization;

namespace DrTools.Plans;

/// <summary>Which of the five fields.</summary>
internal enum CronFieldKind
{
    Minute,
    Hour,
    DayOfMonth,
    Month,
    DayOfWeek,
}

/// <summary>One field of a <see cref="CronExpression"/>.</summary>
internal sealed class CronField
{
    private static readonly string[] MonthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] DayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly SortedSet<int> _values = [];
    private readonly HashSet<(int Weekday, int Which)> _ordinals = [];

    /// <summary>Whether it restricts nothing.</summary>
    public bool IsEverything { get; private set; }

    /// <summary>Its numbers, ascending.</summary>
    public IEnumerable<int> Values => _values;

    /// <summary>Days of the week of a month: the first Sunday.</summary>
    public IReadOnlySet<(int Weekday, int Which)> Ordinals => _ordinals;

    public bool Contains(int value) => _values.Contains(value);

    public static bool TryParse(string text, CronFieldKind kind, out CronField field, out string problem)
    {
        field = new CronField { IsEverything = text == "*" };
        foreach (var part in text.ToLowerInvariant().Split(','))
        {
            if (!field.Add(part, kind))
            {
                var (low, high) = Bounds(kind);
                problem = string.Create(CultureInfo.InvariantCulture, $"'{part}' is no {Word(kind)} ({low} to {(kind == CronFieldKind.DayOfWeek ? 6 : high)})");
                return false;
            }
        }

        problem = string.Empty;
        return true;
    }

    private bool Add(string part, CronFieldKind kind)
    {
        var (low, high) = Bounds(kind);
        var step = 1;
        if (part.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash)
        {
            if (!TryNumber(part[(slash + 1)..], out step) || step < 1 || step > high)
            {
                return false;
            }

            part = part[..slash];
            if (part != "*" && !part.Contains('-', StringComparison.Ordinal))
            {
                part += "-" + high.ToString(CultureInfo.InvariantCulture);
            }
        }

        if (kind == CronFieldKind.DayOfWeek && part.IndexOf('#', StringComparison.Ordinal) is > 0 and var hash)
        {
            return step == 1 && TryValue(part[..hash], kind, out var weekday) && TryNumber(part[(hash + 1)..], out var which) && which is >= 1 and <= 5
                && (_ordinals.Add((weekday % 7, which)) || true);
        }

        var (first, last) = (low, high);
        if (part != "*")
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !TryValue(ends[0], kind, out first) || !TryValue(ends[^1], kind, out last))
            {
                return false;
            }

            // From Friday to Sunday: 5 to 7.
            last += kind == CronFieldKind.DayOfWeek && last == 0 && first > 0 ? 7 : 0;
            if (last < first)
            {
                return false;
            }
        }

        for (var value = first; value <= last; value += step)
        {
            // Sunday is 0 and 7.
            _values.Add(kind == CronFieldKind.DayOfWeek ? value % 7 : value);
        }

        return true;
    }

    private static bool TryValue(string text, CronFieldKind kind, out int value)
    {
        var names = kind == CronFieldKind.Month ? MonthNames : kind == CronFieldKind.DayOfWeek ? DayNames : [];
        value = Array.IndexOf(names, text) + (kind == CronFieldKind.Month ? 1 : 0);
        var (low, high) = Bounds(kind);
        return Array.IndexOf(names, text) >= 0 || (TryNumber(text, out value) && value >= low && value <= high);
    }

    private static bool TryNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static (int Low, int High) Bounds(CronFieldKind kind) => kind switch
    {
        CronFieldKind.Minute => (0, 59),
        CronFieldKind.Hour => (0, 23),
        CronFieldKind.DayOfMonth => (1, 31),
        CronFieldKind.Month => (1, 12),
        _ => (0, 7),
    };

    private static string Word(CronFieldKind kind) => kind switch
    {
        CronFieldKind.Minute => "minute",
        CronFieldKind.Hour => "hour",
        CronFieldKind.DayOfMonth => "day of the month",
        CronFieldKind.Month => "month",
        _ => "day of the week",
    };
}
