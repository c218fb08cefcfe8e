using System.CommandLine;
using DrTools.Plans;

namespace DrTools.Cli.CommandLine;

/// <summary>The option that names a scenario of drills, as a plan writes it (<c>table-dropped</c>).</summary>
internal static class ScenarioOption
{
    public static Option<DrillScenario?> Create(string description)
    {
        var option = ChoiceOption.Create<DrillScenario>("--scenario", description);
        option.HelpName = "SCENARIO";
        return option;
    }

    public static string Word(DrillScenario scenario) => ChoiceOption.Word(scenario);
}
