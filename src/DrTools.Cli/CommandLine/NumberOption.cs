using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace DrTools.Cli.CommandLine;

/// <summary>An option whose value is a whole number within bounds.</summary>
internal static class NumberOption
{
    public static Option<int?> Create(string name, string description, int minimum, int maximum)
    {
        return new Option<int?>(name)
        {
            Description = description,
            HelpName = "N",
            CustomParser = Parse,
        };

        int? Parse(ArgumentResult result)
        {
            var given = result.Tokens[0].Value;
            if (int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum)
            {
                return number;
            }

            result.AddError(string.Create(CultureInfo.InvariantCulture, $"'{given}' is not a value of {name}: it takes a whole number from {minimum} to {maximum}."));
            return null;
        }
    }
}
