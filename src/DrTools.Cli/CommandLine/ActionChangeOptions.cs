using System.CommandLine;
using DrTools.Drills.Actions;

namespace DrTools.Cli.CommandLine;

/// <summary>The options that say something of an improvement action.</summary>
internal sealed class ActionChangeOptions
{
    private readonly Option<string?> _owner = new("--owner") { Description = "Who takes care of it; '' for nobody.", HelpName = "NAME" };
    private readonly Option<DateOnly?> _due = DayOption.Create("--due", "Until which day.");
    private readonly Option<string?> _note = new("--note") { Description = "What was done, why it is dropped, and the like.", HelpName = "TEXT" };

    public void AddTo(Command command)
    {
        command.Options.Add(_owner);
        command.Options.Add(_due);
        command.Options.Add(_note);
    }

    public ActionChange Read(CommandRun run) => new() { Owner = run.Get(_owner), Due = run.Get(_due), Note = run.Get(_note) };
}
