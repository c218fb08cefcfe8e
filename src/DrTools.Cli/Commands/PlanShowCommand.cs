using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Plans;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools plan show</c>: the plan as it is understood.</summary>
internal sealed class PlanShowCommand : CliCommand
{
    private readonly Argument<string?> _plan = PlanArgument.Create();

    public PlanShowCommand()
        : base("show", "Show a plan as it is understood.") => Arguments.Add(_plan);

    protected override Task<ExitCode> RunAsync(CommandRun run)
    {
        var read = PlanLoader.Read(PlanLoader.Choose(run.Get(_plan)));
        foreach (var problem in read.Problems)
        {
            run.Output.Error(ErrorReport.Of(problem.ToException()));
        }

        if (read.Plan is not { } plan)
        {
            return Task.FromResult(ExitCode.Failed);
        }

        run.Output.Result(PlanDocument.Of(plan), CliJson.Documents.PlanDocument, text => PlanLines.Write(text, run.Output.Palette, plan));
        return Task.FromResult(ExitCode.Done);
    }
}
