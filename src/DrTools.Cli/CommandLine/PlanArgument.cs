using System.CommandLine;
using DrTools.Plans;

namespace DrTools.Cli.CommandLine;

/// <summary>The argument and the option that name a plan.</summary>
internal static class PlanArgument
{
    private static readonly string Otherwise = $"Also from {PlanLoader.Variable}; {PlanLoader.DefaultName} otherwise.";

    public static Argument<string?> Create() => new("plan") { Description = $"The plan file. {Otherwise}", Arity = ArgumentArity.ZeroOrOne };

    public static Option<string?> Option() => new("--plan") { Description = $"The plan file that has the service. {Otherwise}", HelpName = "FILE" };

    public static Option<string[]> Services(string description) => new("--service") { Description = description, HelpName = "NAME" };
}
