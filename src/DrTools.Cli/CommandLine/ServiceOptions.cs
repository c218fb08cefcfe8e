using System.CommandLine;
using DrTools.Plans;

namespace DrTools.Cli.CommandLine;

/// <summary>The options that name a service of a plan.</summary>
internal sealed class ServiceOptions
{
    private readonly Option<string?> _service;
    private readonly Option<string?> _plan = PlanArgument.Option();

    public ServiceOptions(string description) => _service = new Option<string?>("--service") { Description = description, HelpName = "NAME" };

    public void AddTo(Command command)
    {
        command.Options.Add(_service);
        command.Options.Add(_plan);
    }

    /// <summary>The service and its plan; <see langword="null"/> when none was named.</summary>
    /// <exception cref="DrException">The plan makes no sense, or has no such service; a plan without a service was named.</exception>
    public (RecoveryPlan Plan, PlannedService Service)? Read(CommandRun run)
    {
        if (run.Get(_service) is not { } name)
        {
            return run.Get(_plan) is null ? null : throw new DrException(DrError.BadUsage, "A plan was named, and no service of it.", "Add --service NAME.");
        }

        var plan = PlanLoader.Read(PlanLoader.Choose(run.Get(_plan))).Require();
        return (plan, plan.Service(name));
    }
}
