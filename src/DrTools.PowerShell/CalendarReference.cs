using System.Globalization;

namespace DrTools.PowerShell;

/// <summary>A day, week or month that a user names: a date, or a word such as <c>yesterday</c> or <c>last</c>.</summary>
public sealed class CalendarReference
{
    /// <summary>The day of a time, as it stands there.</summary>
    public CalendarReference(DateTime date) => Text = date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>A date or a word.</summary>
    public CalendarReference(string text) => Text = text;

    /// <summary>As the engine reads it.</summary>
    internal string Text { get; }

    /// <summary>As given.</summary>
    public override string ToString() => Text;
}
