using System.Text.RegularExpressions;

namespace DrTools.Drills;

/// <summary>Takes down what people say about a step.</summary>
/// <param name="room">Where they are.</param>
/// <param name="time">The clock.</param>
public sealed partial class Talk(IDrillRoom room, TimeProvider time)
{
    /// <summary>How lines are understood, for people.</summary>
    public const string Legend = "A line is a remark, ! a decision, ? an open question, - a problem; NAME: says who. An empty line ends the step.";

    /// <summary>Whether nobody will say anything any more.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Listens until an empty line.</summary>
    /// <param name="step">What the step is called.</param>
    /// <param name="cancellationToken">Stops it between lines.</param>
    public IReadOnlyList<DrillNote> About(string step, CancellationToken cancellationToken)
    {
        var notes = new List<DrillNote>();
        while (!IsOver)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var line = room.Listen();
            if (line is null)
            {
                IsOver = true;
            }
            else if (line.Trim().Length == 0)
            {
                break;
            }
            else if (Understand(step, line.Trim()) is { } note)
            {
                notes.Add(note);
            }
        }

        return notes;
    }

    private DrillNote? Understand(string step, string line)
    {
        string? who = null;
        var kind = DrillNoteKind.Remark;

        // The name may stand before the mark or behind it.
        for (var part = 0; part < 3; part++)
        {
            if (kind == DrillNoteKind.Remark && line.Length > 0 && KindOf(line[0]) is { } marked)
            {
                (kind, line) = (marked, line[1..].Trim());
            }
            else if (who is null && Speaker().Match(line) is { Success: true } match)
            {
                (who, line) = (match.Groups["who"].Value.Trim(), match.Groups["text"].Value.Trim());
            }
        }

        return line.Length == 0 ? null : new DrillNote { Moment = time.GetUtcNow(), Step = step, Who = who, Kind = kind, Text = line };
    }

    private static DrillNoteKind? KindOf(char mark) => mark switch
    {
        '!' => DrillNoteKind.Decision,
        '?' => DrillNoteKind.Question,
        '-' => DrillNoteKind.Problem,
        _ => null,
    };

    /// <summary>Up to four words before a colon and a blank: no address (<c>https://…</c>), and no sentence.</summary>
    [GeneratedRegex(@"^(?<who>\p{L}[\p{L}\p{Nd}.'’()-]*(?: [\p{L}\p{Nd}.'’()-]+){0,3}): +(?<text>.+)$")]
    private static partial Regex Speaker();
}
