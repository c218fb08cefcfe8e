using DrTools.Drills.Runbooks;
using DrTools.Plans;

namespace DrTools.Drills.Tabletop;

/// <summary>Writes what a team talks through: the steps of the scenario, as the plan has them, and its failover steps.</summary>
internal static class TabletopScript
{
    private const string Team = "team";

    public static IReadOnlyList<TabletopStep> Write(DrillRequest request)
    {
        var service = request.Plan.Service(request.Service);
        var steps = new List<TabletopStep> { Briefing(request, service), Event(request, service), Detection(request, service), Decision(service) };
        if (request.Scenario == DrillScenario.Custom)
        {
            steps.AddRange(RunbookText.Read(request.Runbook!).Steps.Select(s => new TabletopStep(s.Step, s.Name, s.Role ?? Team, [$"A step of the runbook {Path.GetFileName(request.Runbook)}."], ["Who does it, with what, and what would hold it up?"]) { Expected = s.Expected }));
        }
        else
        {
            steps.AddRange(service.Sources.SelectMany(s => Recovery(request, service, s)));
        }

        steps.AddRange(service.Failover.Select(Failover));
        steps.Add(Confirmation(service));
        steps.AddRange((request.Drill?.SuccessCriteria ?? []).Select(c => new TabletopStep(DrillStep.Check, c, Team, ["A criterion of the drill."], ["Would it hold? Answer yes or no first."]) { IsCriterion = true }));
        steps.Add(new(DrillStep.Check, "Look back", Team, [], ["What would we do differently, and what has to be found out? Who does it, until when?"]));
        return steps;
    }

    private static TabletopStep Briefing(DrillRequest request, PlannedService service)
    {
        var drill = request.Drill;
        List<string> what = [$"Service {service.Name}, tier {service.Tier}: {request.Objectives}.{(service.Description is { } text ? $" {text}" : string.Empty)}"];
        AddList(what, "Goals", drill?.Goals);
        AddList(what, "Scope", drill?.Scope);
        AddList(what, "Taking part", drill?.Participants.Select(Person).ToList());
        AddList(what, "Owners", [.. service.Owners.Select(Person)]);
        return new(DrillStep.Prepare, "Brief everybody", "facilitator", what, ["Who is here, in which role, and who stands in for whom?"]);
    }

    private static TabletopStep Event(DrillRequest request, PlannedService service)
    {
        var sources = string.Join(", ", service.Sources.Select(s => s.Source));
        var story = request.Scenario switch
        {
            DrillScenario.TableDropped => $"A table of {sources} was dropped by mistake. The application answers with errors.",
            DrillScenario.DatabaseCorrupted => $"Pages of {sources} are damaged. Some queries fail, others return nonsense.",
            DrillScenario.FileDeleted => $"Files of {sources} were deleted, nobody knows by whom.",
            DrillScenario.RansomwareEncrypted => $"Everything of {sources} was encrypted by an attacker, who may still have access.",
            DrillScenario.SiteLost => $"The site {service.Site ?? "of the service"} is lost, with everything that is there.",
            DrillScenario.KeyLost => "The passphrase or key that opens the repository is lost, and whoever knew it cannot be reached.",
            _ => $"What the runbook {Path.GetFileName(request.Runbook)} is for has happened.",
        };
        return new(DrillStep.Event, "The event", "facilitator", [story], ["What do users see, and what still works?"]);
    }

    private static TabletopStep Detection(DrillRequest request, PlannedService service)
    {
        var alerts = request.Plan.Alerts.Where(a => a.Services.Count == 0 || a.Services.Contains(service.Name, StringComparer.OrdinalIgnoreCase)).ToList();
        return new(
            DrillStep.Detect,
            "Notice it",
            Team,
            [alerts.Count > 0 ? $"Alerts by the plan: {string.Join("; ", alerts.Select(a => a.Name))}." : "The plan has no alert for this service: somebody has to notice."],
            ["Who notices it, by what, and how long after the event? Who is called, and with which number?"]);
    }

    private static TabletopStep Decision(PlannedService service)
    {
        List<string> what = [];
        AddList(what, "It is failed over when", service.FailoverCriteria);
        AddList(what, "Must be back before it", service.DependsOn);
        return new(
            DrillStep.Decide,
            "Decide",
            service.Owners is [var owner, ..] ? Person(owner) : Team,
            what,
            ["Who decides, by what, and how long does that take? Which moment is recovered to, and what is lost then? Who is told what?"]);
    }

    private static IEnumerable<TabletopStep> Recovery(DrillRequest request, PlannedService service, PlannedSource source)
    {
        var left = source.Repositories.Select(request.Plan.Repository)
            .Where(r => request.Scenario != DrillScenario.SiteLost || (r.Place.Site is { } site && !string.Equals(site, service.Site, StringComparison.OrdinalIgnoreCase)))
            .ToList();
        yield return new(
            DrillStep.Restore,
            $"Restore {source.Source}",
            "operator",
            [.. left.Select(r => $"From {r.Name} at {r.Location}{(r.Place.Site is { } site ? $", site {site}" : string.Empty)}; what opens it: {Secret(r)}."), .. left.Count == 0 ? (string[])["By the plan no repository is left to recover from."] : []],
            ["Where is it restored to, by whom, and where is that written down? Who has the secret at hand?"]);
        if (source.Log is { } log)
        {
            yield return new(DrillStep.Replay, $"Bring {source.Source} up to date", "operator", [$"Its log is kept ({log.Method.ToString().ToLowerInvariant()}, every {PlanDuration.Format(log.Interval)}): up to which moment is it replayed?"], ["How is the last good moment found, and who says which it is?"]);
        }
    }

    private static TabletopStep Failover(FailoverStep step)
    {
        List<string> what = [];
        AddText(what, string.Empty, step.Instructions);
        AddText(what, "Before: ", step.Precondition);
        AddText(what, "Command: ", step.Command);
        AddText(what, "Afterwards: ", step.Check);
        AddText(what, "To take it back: ", step.Undo);
        return new(DrillStep.Switch, step.Name, step.Role ?? Team, what, ["Who does it, with which rights, and what if it fails?"]) { Expected = step.Expected };
    }

    private static TabletopStep Confirmation(PlannedService service)
    {
        List<string> what = [];
        AddList(what, "Must answer", [.. service.Checks.Health.Select(h => $"{h.Url} with {h.Status}")]);
        AddList(what, "Must lead where they should", [.. service.Checks.Names.Select(n => n.Name)]);
        AddList(what, "Must be true", service.Checks.Assertions);
        return new(DrillStep.Check, "Confirm that it is back", Team, what.Count > 0 ? what : ["The plan has no checks of this service."], ["Who says that it is back, and by what? Who tells the users?"]);
    }

    private static string Secret(PlannedRepository repository) =>
        repository.Passphrase is { } passphrase ? $"passphrase {passphrase}" : repository.KeyFile is { } file ? $"key file {file}" : repository.KmsKey is not null ? "a key of KMS" : "the plan does not say";

    private static string Person(PlannedPerson person) => person.Role is null ? person.Name : $"{person.Name} ({person.Role})";

    private static void AddList(List<string> what, string lead, IReadOnlyList<string>? items)
    {
        if (items is { Count: > 0 })
        {
            what.Add($"{lead}: {string.Join("; ", items.Select(i => i.TrimEnd('.')))}.");
        }
    }

    private static void AddText(List<string> what, string lead, string? text)
    {
        if (!string.IsNullOrWhiteSpace(text))
        {
            what.Add(lead + text.Trim());
        }
    }
}
