using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace DrTools.Cli.CommandLine;

/// <summary>An option whose value is a day.</summary>
internal static class DayOption
{
    private const string Format = "yyyy-MM-dd";

    public static Option<DateOnly?> Create(string name, string description)
    {
        return new Option<DateOnly?>(name) { Description = description, HelpName = "DAY", CustomParser = Parse };

        DateOnly? Parse(ArgumentResult result)
        {
            var given = result.Tokens[0].Value;
            if (DateOnly.TryParseExact(given, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            {
                return day;
            }

            result.AddError($"'{given}' is not a value of {name}: it takes a day such as 2026-12-31.");
            return null;
        }
    }
}
