using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Cli.Secrets;
using DrTools.Drills.History;
using DrTools.Drills.Reports;
using DrTools.Plans;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools drill show</c>: a drill that was held, with every step and check.</summary>
internal sealed class DrillShowCommand : CliCommand
{
    private readonly Argument<string?> _drill = new("id") { Description = "Its id, or the beginning or end of it; 'latest' if not given.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _plan = PlanArgument.Option();
    private readonly Option<string?> _junit = new("--junit") { Description = "Also write its checks as JUnit XML.", HelpName = "FILE" };
    private readonly SecretOptions _secret = SecretOptions.ForOpening();

    public DrillShowCommand()
        : base("show", "Show a drill that was held, with every step and check.")
    {
        Arguments.Add(_drill);
        Options.Add(_plan);
        Options.Add(_junit);
        _secret.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var secret = _secret.Read(run);
        var plan = PlanLoader.Read(PlanLoader.Choose(run.Get(_plan))).Require();
        var drill = await new PlanHistory(PlanAccess.Secrets(secret)).FindAsync(plan, run.Get(_drill) ?? "latest", run.Cancellation).ConfigureAwait(false);
        if (run.Get(_junit) is { } file)
        {
            JUnitReport.Write(file, [drill]);
        }

        run.Output.Result(DrillDocument.Of(drill), CliJson.Documents.DrillDocument, text =>
        {
            DrillLines.WriteSteps(text, run.Output.Palette, drill);
            DrillLines.WriteChecks(text, run.Output.Palette, drill);
            DrillLines.Write(text, run.Output.Palette, drill);
        });
        return ExitCode.Done;
    }
}
