using System.Globalization;
using DrTools.Cli.CommandLine;
using DrTools.Drills.Actions;

namespace DrTools.Cli.Output;

/// <summary>Tells what is to be made better.</summary>
internal static class ActionLines
{
    private const int Width = 84;

    public static void WriteTable(TextWriter text, Palette palette, IReadOnlyList<ImprovementAction> actions)
    {
        if (actions.Count == 0)
        {
            text.WriteLine("There is nothing to do.");
            return;
        }

        var table = new TextTable("ID", "SERVICE", "STATUS", "DUE", "OWNER", ">SEEN", "WHAT");
        foreach (var action in actions)
        {
            table.Add(
                action.Id,
                action.Service,
                Status(action),
                new Cell(Day(action.Due), action.IsOverdue ? Tone.Bad : Tone.Plain),
                action.Owner is null ? new Cell("nobody", action.IsOpen ? Tone.Caution : Tone.Weak) : new Cell(action.Owner),
                Figures.Count(action.Drills.Count),
                action.Title);
        }

        table.Write(text, palette);
    }

    public static void Write(TextWriter text, Palette palette, ImprovementAction action)
    {
        var status = Status(action);
        text.WriteLine($"{palette.Paint(action.Id, Tone.Strong)}  {palette.Paint(status.Text, status.Tone)}, {action.Service}: {action.Title}");
        Line("problem", action.Problem);
        Line("remedy", action.Remedy);
        Line("owner", action.Owner is null ? "nobody" : action.Owner);
        Line("due", action.Due is null ? null : Day(action.Due) + (action.IsOverdue ? ", which has passed" : string.Empty));
        Line("note", action.Note);
        Line("seen", action.Drills.Count == 0 ? $"written down {Figures.Moment(action.Opened)}" : $"in {Figures.Count(action.Drills.Count, "drill")}, last {Figures.Moment(action.LastSeen)}{(action.Reopened > 0 ? $", back {Figures.Count(action.Reopened, "time")}" : string.Empty)}");
        Line("closed", action.ClosedBy is null ? null : $"by the drill {action.ClosedBy}");

        void Line(string label, string? value)
        {
            if (value is not null)
            {
                foreach (var (line, i) in TextWrap.Lines(value, Width).Select((l, i) => (l, i)))
                {
                    text.WriteLine($"  {(i == 0 ? label : string.Empty),-8} {line}");
                }
            }
        }
    }

    private static Cell Status(ImprovementAction action) => new(ChoiceOption.Word(action.Status), action.Status switch
    {
        _ when action.IsOverdue => Tone.Bad,
        ActionStatus.Open => Tone.Caution,
        ActionStatus.Closed => Tone.Good,
        _ => Tone.Plain,
    });

    private static string Day(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "–";
}
