using DrTools.Drills.Failover;
using DrTools.Plans;

namespace DrTools.Drills;

/// <summary>Writes down what a drill would do.</summary>
internal static class DrillCourseWriter
{
    private const string Engine = "DrTools";

    /// <summary>The stand-in, what is recovered, the scratch repository, and what a backup copies on its way.</summary>
    private const int Copies = 4;

    public static long Needed(IEnumerable<ChosenBackup> chosen) => chosen.Sum(c => Copies * (c.Backup.SourceBytes - c.Backup.HoleBytes));

    public static string FolderOf(DrillRequest request) => Path.GetFullPath(request.WorkFolder ?? Path.GetTempPath());

    /// <summary>Free space where scratch copies are made, bytes.</summary>
    public static long FreeAt(string folder)
    {
        while (!Directory.Exists(folder))
        {
            folder = Path.GetDirectoryName(folder) ?? "/";
        }

        return new DriveInfo(folder).AvailableFreeSpace;
    }

    public static DrillFinding? SpaceProblem(long needed, long free, string folder) => needed <= free ? null : new DrillFinding(
        null,
        $"The drill needs up to {Figures.Bytes(needed)} for scratch copies, and {Figures.Bytes(free)} are free at {folder}.",
        "Name a folder on another disk (--scratch-dir, -ScratchFolder).")
    { ErrorId = nameof(DrError.OutOfSpace) };

    public static DrillCourse Write(DrillRequest request, int seed, IReadOnlyList<ChosenBackup> chosen, IReadOnlyList<DrillFinding> obstacles)
    {
        var service = request.Plan.Service(request.Service);
        var folder = FolderOf(request);
        var (needed, free) = (Needed(chosen), FreeAt(folder));
        var steps = new List<DrillCourseStep>();
        foreach (var c in chosen)
        {
            steps.Add(new(DrillStep.Prepare, c.Source.Source, Engine, $"Verify {c.Backup.Id} of {Figures.Moment(c.Backup.Started)}{(request.RandomBackup ? $" (one of {c.Kept}, at random)" : request.LeastTested ? $" (of {c.Kept}, the least tested)" : string.Empty)} in {c.Planned.Name}, and restore its {Figures.Bytes(c.Backup.SourceBytes)} into a scratch folder: the stand-in."));
            steps.Add(new(DrillStep.Protect, c.Source.Source, Engine, (c.HasLog ? "Write canaries into the stand-in, hand its log over to a scratch repository, and write more." : "Write canaries into the stand-in, back it up into a scratch repository, and write more.")));
        }

        steps.AddRange(chosen.Select(c => new DrillCourseStep(DrillStep.Event, c.Source.Source, Engine, EventOf(request.Scenario, c.Source))));
        foreach (var c in chosen)
        {
            var isKeyLost = request.Scenario == DrillScenario.KeyLost;
            steps.Add(new(DrillStep.Detect, c.Source.Source, Engine, isKeyLost ? $"See that the damage is real, and that {c.Planned.Name} does not open without its key." : "See that the damage is real."));
            steps.Add(new(DrillStep.Decide, c.Source.Source, Engine, isKeyLost ? $"Open {c.Planned.Name} with what is left ({string.Join(", ", c.Planned.RecoveryKeys)}), and find the backup." : $"Find the backup in {c.Planned.Name}."));
            steps.Add(new(DrillStep.Restore, c.Source.Source, Engine, $"Fetch and restore it from {c.Planned.Name} into another scratch folder."));
            steps.Add(new(DrillStep.Replay, c.Source.Source, Engine, c.HasLog ? "Replay the log." : "Bring in the newest backup of the stand-in."));
            steps.Add(new(DrillStep.Check, c.Source.Source, Engine, "Check integrity, counts and every value against what was there before; see which canaries came back."));
        }

        if (request.Level == DrillLevel.Full)
        {
            steps.AddRange(service.Failover.Select(s => new DrillCourseStep(DrillStep.Switch, null, s.Role ?? (FailoverRun.NeedsPerson(s) ? "a person" : Engine), "In production: " + FailoverRun.Describe(s))));
            if (request.Ask is null && service.Failover.FirstOrDefault(FailoverRun.NeedsPerson) is { } personal)
            {
                obstacles = [.. obstacles, new DrillFinding(null, $"The failover step \"{personal.Name}\" is for a person, and nobody is there to be asked: no failover step would be carried out.", "Hold the full drill at a terminal, with the people of the plan; or give the step a command.")];
            }
        }

        var requests = service.Checks.Health.Select(h => h.Url.ToString()).Concat(service.Checks.Names.Select(n => n.Name)).ToList();
        if (requests.Count > 0)
        {
            steps.Add(new(DrillStep.Check, null, Engine, $"Ask the service: {string.Join(", ", requests)}."));
        }

        return new DrillCourse
        {
            Service = service.Name,
            Scenario = request.Scenario,
            Level = request.Level,
            Objectives = request.Objectives,
            Backups = [.. chosen.Select(c => c.Describe(null))],
            Seed = seed,
            WorkFolder = folder,
            NeededBytes = needed,
            FreeBytes = free,
            Steps = steps,
            Obstacles = SpaceProblem(needed, free, folder) is { } space ? [.. obstacles, space] : obstacles,
        };
    }

    private static string EventOf(DrillScenario scenario, PlannedSource source) => scenario switch
    {
        DrillScenario.TableDropped => "Drop the largest table of the stand-in.",
        DrillScenario.DatabaseCorrupted => "Overwrite pages of the stand-in with random bytes.",
        DrillScenario.FileDeleted => "Delete a file of the stand-in.",
        DrillScenario.RansomwareEncrypted => DrillScope.IsSqlite(source) ? "Encrypt and rename the database file of the stand-in." : "Encrypt and rename every file of the stand-in.",
        DrillScenario.KeyLost => "Remove the stand-in, as if with the host that the keys of the repository lie on.",
        _ => "Remove the stand-in; only repositories at other sites are left.",
    };
}
