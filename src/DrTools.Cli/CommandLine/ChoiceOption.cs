using System.CommandLine;
using System.CommandLine.Parsing;

namespace DrTools.Cli.CommandLine;

/// <summary>An option whose value is one of a few words: the members of an enumeration, as they are written on the command line
/// (<c>table-dropped</c>).</summary>
internal static class ChoiceOption
{
    public static Option<T?> Create<T>(string name, string description)
        where T : struct, Enum
    {
        string[] words = [.. Enum.GetValues<T>().Select(Word)];
        var option = new Option<T?>(name)
        {
            Description = description,
            HelpName = string.Join('|', words),
            CustomParser = result => Parse(result, name, words, Enum.GetValues<T>()),
        };
        option.CompletionSources.Add(words);
        return option;
    }

    /// <summary>A member as it is written on the command line.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum =>
        string.Concat(value.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? "-" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));

    private static T? Parse<T>(ArgumentResult result, string name, string[] words, T[] values)
    {
        var given = result.Tokens[0].Value;
        var index = Array.FindIndex(words, w => w.Equals(given, StringComparison.OrdinalIgnoreCase));
        if (index >= 0)
        {
            return values[index];
        }

        var closest = Spelling.Closest(given, words);
        result.AddError($"'{given}' is not a value of {name}: it takes {string.Join(", ", words)}.{(closest is null ? string.Empty : $" Did you mean '{closest}'?")}");
        return default;
    }
}
