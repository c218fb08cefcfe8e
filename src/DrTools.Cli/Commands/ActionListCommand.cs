using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Cli.Secrets;
using DrTools.Drills.Actions;
using DrTools.Plans;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools action list</c>: what is to be made better.</summary>
internal sealed class ActionListCommand : CliCommand
{
    private readonly Argument<string?> _action = new("id") { Description = "Only this one, with all that is known: its id, or the beginning of it.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _plan = PlanArgument.Option();
    private readonly Option<string?> _service = new("--service") { Description = "Only of this service.", HelpName = "NAME" };
    private readonly Option<string?> _owner = new("--owner") { Description = "Only of this owner.", HelpName = "NAME" };
    private readonly Option<ActionStatus?> _status = ChoiceOption.Create<ActionStatus>("--status", "Only what is as far as this; open and in progress if not given.");
    private readonly Option<bool> _all = new("--all") { Description = "Also what is done, closed and dropped." };
    private readonly Option<bool> _overdue = new("--overdue") { Description = "Only what should have been done by now." };
    private readonly SecretOptions _secret = SecretOptions.ForOpening();

    public ActionListCommand()
        : base("list", "List what is to be made better, the oldest first: what has not passed in drills, and what was written down.")
    {
        Arguments.Add(_action);
        Options.Add(_plan);
        Options.Add(_service);
        Options.Add(_owner);
        Options.Add(_status);
        Options.Add(_all);
        Options.Add(_overdue);
        _secret.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var plan = PlanLoader.Read(PlanLoader.Choose(run.Get(_plan))).Require();
        var actions = new PlanActions(PlanAccess.Secrets(_secret.Read(run)));
        if (run.Get(_action) is { } reference)
        {
            var one = await actions.FindAsync(plan, reference, run.Cancellation).ConfigureAwait(false);
            run.Output.Result(new ActionsDocument([ActionDocument.Of(one)]), CliJson.Documents.ActionsDocument, text => ActionLines.Write(text, run.Output.Palette, one));
            return ExitCode.Done;
        }

        var unreadable = 0;
        var filter = new ActionFilter
        {
            Service = run.Get(_service),
            Owner = run.Get(_owner),
            Status = run.Get(_status),
            OpenOnly = !run.Get(_all) && run.Get(_status) is null,
            OverdueOnly = run.Get(_overdue),
        };
        var found = await actions.ListAsync(
            plan,
            filter,
            run.Cancellation,
            e =>
            {
                unreadable++;
                run.Output.Warn($"{e.Message} {e.Remedy}");
            }).ConfigureAwait(false);
        run.Output.Result(new ActionsDocument([.. found.Select(ActionDocument.Of)]), CliJson.Documents.ActionsDocument, text => ActionLines.WriteTable(text, run.Output.Palette, found));
        return unreadable == 0 ? ExitCode.Done : ExitCode.IntegrityFailure;
    }
}
