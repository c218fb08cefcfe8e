using DrTools.Plans.Shapes;

namespace DrTools.Plans.Keys;

/// <summary>Keys of drills.</summary>
internal static class DrillKeys
{
    private static readonly Key<IReadOnlyList<string>> Goals = new("goals", Any.Texts, "What is to be learned, each as a sentence.");
    private static readonly Key<DrillScenario> Scenario = new("scenario", new WordShape<DrillScenario>(), "What happens: table-dropped, database-corrupted, site-lost, file-deleted, ransomware-encrypted, key-lost, or custom with a runbook.", isRequired: true);
    private static readonly Key<DrillLevel> Level = new("level", new WordShape<DrillLevel>(), "How far it goes: tabletop (talked through), partial (real data in scratch copies; if not given), full (in production).");
    private static readonly Key<IReadOnlyList<string>> Services = new("services", Any.Names(NameKind.Service), "Names of the services that it is about.", isRequired: true);
    private static readonly Key<TimeSpan> Rto = new("rto", Any.Duration, "What must be achieved, where it differs from the services' objectives: how long they may be away.");
    private static readonly Key<TimeSpan> Rpo = new("rpo", Any.Duration, "What must be achieved, where it differs from the services' objectives: of how much time data may be lost.");
    private static readonly Key<IReadOnlyList<string>> Scope = new("scope", Any.Texts, "What belongs to it and what does not, each as a sentence.");
    private static readonly Key<IReadOnlyList<PlannedPerson>> Participants = new("participants", new ListShape<PlannedPerson>(PolicyKeys.Person), "Who takes part.");
    private static readonly Key<IReadOnlyList<string>> SuccessCriteria = new("successCriteria", Any.Texts, "What must hold beside the objectives and the checks of the services, each as a sentence for people.");
    private static readonly Key<bool> RandomBackup = new("randomBackup", Any.Switch, "Whether any kept backup is picked instead of the newest; false if not given.");
    private static readonly Key<bool> LeastTested = new("leastTested", Any.Switch, "Whether the kept backup is picked that was never restored, or whose last restore is longest ago; false if not given.");
    private static readonly Key<TimeSpan> Every = new("every", Any.Duration, "How often it is to be held, such as 30d.");
    private static readonly Key<string> Runbook = new("runbook", Any.Path, "Path of the script of a custom scenario.");

    public static ObjectShape<PlannedDrill> Drill { get; } = new(
        "drill",
        [Goals, Scenario, Level, Services, Rto, Rpo, Scope, Participants, SuccessCriteria, RandomBackup, LeastTested, Every, Runbook],
        Make)
    { AtMostOneOf = [RandomBackup, LeastTested] };

    private static PlannedDrill? Make(KeyValues v)
    {
        var drill = new PlannedDrill
        {
            Name = v.Name,
            Goals = v.List(Goals),
            Scenario = v.Required(Scenario),
            Level = v.Or(Level, DrillLevel.Partial),
            Services = v.List(Services),
            Rto = v.Maybe(Rto),
            Rpo = v.Maybe(Rpo),
            Scope = v.List(Scope),
            Participants = v.List(Participants),
            SuccessCriteria = v.List(SuccessCriteria),
            RandomBackup = v.Or(RandomBackup, false),
            LeastTested = v.Or(LeastTested, false),
            Every = v.Maybe(Every),
            Runbook = v.Get(Runbook),
            Position = v.Position,
        };
        if ((drill.Scenario == DrillScenario.Custom) == (drill.Runbook is not null))
        {
            return drill;
        }

        v.Reading.Problem(
            v.PositionOf(drill.Runbook is null ? Scenario : Runbook),
            drill.Runbook is null ? "A custom scenario needs a runbook." : "Only a custom scenario has a runbook.",
            drill.Runbook is null ? "Name the script with the key 'runbook'." : "Write 'scenario: custom', or remove the runbook.");
        return null;
    }
}
