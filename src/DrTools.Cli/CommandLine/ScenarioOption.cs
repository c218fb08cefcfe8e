using System.CommandLine;
using System.CommandLine.Parsing;
using DrTools.Plans;

namespace DrTools.Cli.CommandLine;

/// <summary>The option that names a scenario of drills, as a plan writes it (<c>table-dropped</c>).</summary>
internal static class ScenarioOption
{
    private static readonly Dictionary<string, DrillScenario> Words = Enum.GetValues<DrillScenario>().ToDictionary(Word, StringComparer.OrdinalIgnoreCase);

    public static Option<DrillScenario?> Create(string description)
    {
        var option = new Option<DrillScenario?>("--scenario") { Description = description, HelpName = "SCENARIO", CustomParser = Parse };
        option.CompletionSources.Add([.. Words.Keys]);
        return option;
    }

    public static string Word(DrillScenario scenario) => string.Concat(scenario.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? "-" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));

    private static DrillScenario? Parse(ArgumentResult result)
    {
        var given = result.Tokens[0].Value;
        if (Words.TryGetValue(given, out var scenario))
        {
            return scenario;
        }

        var closest = Spelling.Closest(given, Words.Keys);
        result.AddError($"'{given}' is not a value of --scenario: it takes {string.Join(", ", Words.Keys)}.{(closest is null ? string.Empty : $" Did you mean '{closest}'?")}");
        return null;
    }
}
