using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Cli.Secrets;
using DrTools.Drills.Actions;
using DrTools.Plans;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools action set</c>: says who takes care of something, until when, and how far it is.</summary>
internal sealed class ActionSetCommand : CliCommand
{
    private readonly Argument<string> _action = new("id") { Description = "Its id, or the beginning of it." };
    private readonly Option<string?> _plan = PlanArgument.Option();
    private readonly Option<ActionStatus?> _status = ChoiceOption.Create<ActionStatus>("--status", "How far it is. Only a drill closes it, by passing.");
    private readonly ActionChangeOptions _change = new();
    private readonly SecretOptions _secret = SecretOptions.ForOpening();

    public ActionSetCommand()
        : base("set", "Say who takes care of an improvement action, until when, and how far it is.")
    {
        Arguments.Add(_action);
        Options.Add(_plan);
        Options.Add(_status);
        _change.AddTo(this);
        _secret.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var plan = PlanLoader.Read(PlanLoader.Choose(run.Get(_plan))).Require();
        var action = await new PlanActions(PlanAccess.Secrets(_secret.Read(run)))
            .SetAsync(plan, run.Get(_action)!, _change.Read(run) with { Status = run.Get(_status) }, run.Cancellation).ConfigureAwait(false);
        run.Output.Summary(ActionDocument.Of(action), CliJson.Documents.ActionDocument, text => ActionLines.Write(text, run.Output.Palette, action));
        return ExitCode.Done;
    }
}
