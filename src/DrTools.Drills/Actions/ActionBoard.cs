using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace DrTools.Drills.Actions;

/// <summary>
/// What is to be done, as it follows from the drills that were held and from what people have said since: nothing else is kept, so
/// that it cannot disagree with the evidence.
/// </summary>
internal sealed partial class ActionBoard
{
    private readonly Dictionary<string, (ImprovementAction Action, Cause? Cause)> _actions = new(StringComparer.Ordinal);

    private ActionBoard()
    {
    }

    /// <param name="drills">The drills of services, in any order.</param>
    /// <param name="entries">What was said of actions, in any order.</param>
    /// <param name="today">The day against which due days are held.</param>
    /// <returns>All actions, the oldest first.</returns>
    public static IReadOnlyList<ImprovementAction> Of(IEnumerable<DrillResult> drills, IEnumerable<ActionEntry> entries, DateOnly today)
    {
        var board = new ActionBoard();
        var events = drills.Select(d => (At: d.Finished, d.Id, Do: (Action)(() => board.Add(d))))
            .Concat(entries.Select(e => (e.At, e.Id, Do: (Action)(() => board.Add(e)))));
        foreach (var (_, _, happen) in events.OrderBy(e => e.At).ThenBy(e => e.Id, StringComparer.Ordinal))
        {
            happen();
        }

        return [.. board._actions.Values
            .Select(a => a.Action with { IsOverdue = a.Action.IsOpen && a.Action.Due < today })
            .OrderBy(a => a.Opened).ThenBy(a => a.Id, StringComparer.Ordinal)];
    }

    private void Add(DrillResult drill)
    {
        foreach (var (id, (action, cause)) in _actions.ToList())
        {
            if (cause is not null && action.Status is not (ActionStatus.Closed or ActionStatus.Dropped)
                && string.Equals(action.Service, drill.Service, StringComparison.OrdinalIgnoreCase) && cause.IsMendedBy(drill))
            {
                _actions[id] = (action with { Status = ActionStatus.Closed, ClosedBy = drill.Id, Ended = drill.Finished }, cause);
            }
        }

        foreach (var cause in Cause.Of(drill))
        {
            See(drill, cause);
        }
    }

    private void See(DrillResult drill, Cause cause)
    {
        var id = IdOf(drill.Service, cause);
        if (!_actions.TryGetValue(id, out var known))
        {
            var first = new ImprovementAction
            {
                Id = id,
                Service = drill.Service,
                Source = cause.Source,
                BackupId = cause.BackupId,
                Title = cause.Title,
                Problem = cause.Problem,
                Remedy = cause.Remedy,
                Opened = drill.Finished,
                LastSeen = drill.Finished,
                Drills = [drill.Id],
            };
            _actions[id] = (first, cause);
            return;
        }

        // What was dropped was accepted, and stays so; what was done is not.
        var isBack = known.Action.Status is ActionStatus.Closed or ActionStatus.Done;
        var action = known.Action with
        {
            Problem = cause.Problem,
            Remedy = cause.Remedy ?? known.Action.Remedy,
            LastSeen = drill.Finished,
            Drills = [.. known.Action.Drills, drill.Id],
        };
        _actions[id] = (isBack ? action with { Status = ActionStatus.Open, Reopened = action.Reopened + 1, ClosedBy = null, Ended = null } : action, cause);
    }

    private void Add(ActionEntry entry)
    {
        var change = entry.Change;
        if (!_actions.TryGetValue(entry.Action, out var known))
        {
            if (change.Title is not { } title)
            {
                // Of an action whose drill is not there to be read.
                return;
            }

            known.Action = new ImprovementAction { Id = entry.Action, Service = entry.Service, Title = title, Problem = change.Problem ?? title, Opened = entry.At, LastSeen = entry.At };
        }

        var status = change.Status ?? known.Action.Status;
        var hasEnded = status is ActionStatus.Done or ActionStatus.Dropped or ActionStatus.Closed;
        _actions[entry.Action] = (
            known.Action with
            {
                Status = status,
                Owner = change.Owner is null ? known.Action.Owner : change.Owner.Length == 0 ? null : change.Owner,
                Due = change.Due ?? known.Action.Due,
                Note = change.Note ?? known.Action.Note,
                Ended = !hasEnded ? null : change.Status is null ? known.Action.Ended : entry.At,
                ClosedBy = status == ActionStatus.Closed ? known.Action.ClosedBy : null,
            },
            known.Cause);
    }

    private static string IdOf(string service, Cause cause) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{service.ToUpperInvariant()}\n{cause.Key}")))[..8];

    /// <summary>Why there is an action: a check that has not passed, or a finding beside the checks.</summary>
    private sealed partial record Cause(string Key, string Title, string Problem)
    {
        public string? Source { get; init; }

        public string? BackupId { get; init; }

        public string? Remedy { get; init; }

        private Plans.DrillScenario Scenario { get; init; }

        private Plans.Objectives? Objectives { get; init; }

        private DrillCheck? Check { get; init; }

        public static IEnumerable<Cause> Of(DrillResult drill)
        {
            var explained = new HashSet<DrillFinding>();
            // What could not run because something else had failed is not another problem.
            var hasFailed = drill.FailedChecks > 0;
            foreach (var check in drill.Checks.Where(c => c.IsInTheWay && !(hasFailed && c.Outcome == DrillOutcome.NotRun)))
            {
                var finding = drill.Findings.FirstOrDefault(f => f.Check == check.Name && f.Source == check.Source)
                    ?? drill.Findings.FirstOrDefault(f => f.Check == check.Name)
                    ?? drill.Findings.FirstOrDefault(f => f.Problem == check.Detail);
                if (finding is not null)
                {
                    explained.Add(finding);
                }

                // A damaged backup is not mended by another one that is whole.
                var backup = check.Kind == DrillCheckKind.BackupIntegrity ? drill.Backups.FirstOrDefault(b => b.Source == check.Source)?.BackupId : null;
                yield return new Cause($"{check.Kind}\n{check.Source}\n{check.Name}\n{backup}", check.Name, check.Detail)
                {
                    Source = check.Source,
                    BackupId = backup,
                    Remedy = finding?.Remedy,
                    Scenario = drill.Scenario,
                    Objectives = check.Kind == DrillCheckKind.Objective ? drill.Objectives : null,
                    Check = check,
                };
            }

            foreach (var finding in drill.Findings.Where(f => !explained.Contains(f)))
            {
                yield return new Cause($"{finding.Source}\n{KeyOf(finding)}", finding.Remedy, finding.Problem) { Source = finding.Source, Remedy = finding.Remedy, Scenario = drill.Scenario };
            }
        }

        /// <summary>Whether a later drill shows that it is no more.</summary>
        public bool IsMendedBy(DrillResult drill)
        {
            if (BackupId is not null && !drill.Backups.Any(b => b.BackupId == BackupId))
            {
                return false;
            }

            // An objective is met where it was missed: in the same scenario, and no easier one.
            if (Objectives is { } missed && (drill.Scenario != Scenario || drill.Objectives.Rto > missed.Rto || drill.Objectives.Rpo > missed.Rpo))
            {
                return false;
            }

            // Talking about it mends nothing.
            var proves = drill.Passed && drill.Scenario == Scenario && drill.Level != Plans.DrillLevel.Tabletop;
            return Check is { } check
                ? proves || drill.Checks.Any(c => c.Outcome == DrillOutcome.Passed && c.Kind == check.Kind && c.Source == check.Source && c.Name == check.Name)
                : drill.Passed && drill.Scenario == Scenario && !Of(drill).Any(c => c.Key == Key);
        }

        /// <summary>A finding without its figures, which differ each time.</summary>
        private static string KeyOf(DrillFinding finding) => Figures().Replace(finding.Problem, "#");

        [GeneratedRegex(@"[0-9][0-9a-fA-F.,:-]*")]
        private static partial Regex Figures();
    }
}
