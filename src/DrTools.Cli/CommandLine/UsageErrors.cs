using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;

namespace DrTools.Cli.CommandLine;

/// <summary>Finds what is wrong with a command line, and what was probably meant.</summary>
internal static class UsageErrors
{
    public static ErrorReport? Find(ParseResult parsed)
    {
        if (parsed.Action is HelpWithExitCodes or null && parsed.Errors.Count == 0)
        {
            return null;
        }

        if (parsed.Action?.ClearsParseErrors == true)
        {
            return null;
        }

        var message = UnknownOption(parsed) ?? UnknownWord(parsed) ?? (parsed.Errors.Count > 0 ? Sentence(parsed.Errors[0].Message) : null);
        return message is null ? null : ErrorReport.BadUsage(message, $"See: {FullName(parsed.CommandResult)} --help");
    }

    /// <summary>Words that look like options and are none. The parser takes them for arguments where a command has
    /// some, and would back up a source named <c>--tpye</c>.</summary>
    private static string? UnknownOption(ParseResult parsed)
    {
        var given = parsed.UnmatchedTokens.Concat(parsed.CommandResult.Tokens.Select(t => t.Value));
        return given.FirstOrDefault(t => t.Length > 1 && t[0] == '-') is { } unknown
            ? $"There is no option '{unknown}'.{Suggest(unknown, OptionNames(parsed.CommandResult))}"
            : null;
    }

    private static string? UnknownWord(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens is not [var unknown, ..])
        {
            return null;
        }

        var command = parsed.CommandResult.Command;
        return command.Subcommands.Count > 0
            ? $"There is no command '{unknown}'.{Suggest(unknown, command.Subcommands.Select(c => c.Name))}"
            : $"'{unknown}' is more than {FullName(parsed.CommandResult)} takes.";
    }

    private static IEnumerable<string> OptionNames(CommandResult result)
    {
        for (SymbolResult? current = result; current is CommandResult command; current = current.Parent)
        {
            foreach (var option in command.Command.Options.Where(o => current == result || o.Recursive))
            {
                yield return option.Name;
            }
        }
    }

    private static string FullName(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{FullName(parent)} {result.Command.Name}" : "drtools";

    private static string Suggest(string given, IEnumerable<string> known) =>
        Spelling.Closest(given, known) is { } closest ? $" Did you mean '{closest}'?" : string.Empty;

    private static string Sentence(string message) => message.EndsWith('.') || message.EndsWith('?') ? message : message + ".";
}
