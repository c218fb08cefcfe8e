using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Cli.Secrets;
using DrTools.Drills;
using DrTools.Drills.Reports;
using DrTools.Drills.Runbooks;
using DrTools.Drills.Tabletop;
using DrTools.Plans;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools drill run</c>: rehearses a disaster on real data, in scratch copies.</summary>
internal sealed class DrillRunCommand : CliCommand
{
    private readonly Argument<string?> _drill = new("drill") { Description = "A drill of the plan, by its name. Otherwise give --service and --scenario.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _plan = PlanArgument.Option();
    private readonly Option<string?> _service = new("--service") { Description = "The service; of a drill of the plan only this one of its services.", HelpName = "NAME" };
    private readonly Option<DrillScenario?> _scenario = ScenarioOption.Create("What happens: table-dropped, database-corrupted, file-deleted, ransomware-encrypted, key-lost or site-lost.");
    private readonly Option<DrillLevel?> _level = ChoiceOption.Create<DrillLevel>("--level", "How far it goes: tabletop (talked through by a team), partial (on real data, in scratch copies; if not given), or full (then the plan's failover steps are carried out, in production).");
    private readonly Option<bool> _random = new("--random-backup") { Description = "Take any kept backup instead of the newest one." };
    private readonly Option<bool> _leastTested = new("--least-tested") { Description = "Take the kept backup that was never restored, or whose last restore is longest ago." };
    private readonly Option<int?> _seed = NumberOption.Create("--seed", "Make the random choices of an earlier drill again.", 0, int.MaxValue);
    private readonly Option<string?> _scratch = new("--scratch-dir") { Description = "Where scratch copies are made; among the temporary files if not given.", HelpName = "DIR" };
    private readonly Option<string?> _answers = new("--answers") { Description = "A file with what people say, where nobody is there to be asked (tabletop, runbook).", HelpName = "FILE" };
    private readonly Option<string?> _junit = new("--junit") { Description = "Also write the checks as JUnit XML.", HelpName = "FILE" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only tell what would be done." };
    private readonly Option<string[]> _confirm = new("--confirm") { Description = "For a full drill: the service whose failover steps may be carried out in production, by its name.", HelpName = "SERVICE" };
    private readonly SecretOptions _secret = SecretOptions.ForOpening();

    /// <summary>Whether steps are carried out in production.</summary>
    private bool _switches;

    public DrillRunCommand()
        : base("run", "Rehearse a disaster on real data of a real backup, in scratch copies, and measure what is lost and how long it takes.")
    {
        Arguments.Add(_drill);
        Options.Add(_service);
        Options.Add(_scenario);
        Options.Add(_level);
        Options.Add(_plan);
        Options.Add(_random);
        Options.Add(_leastTested);
        Options.Add(_seed);
        Options.Add(_scratch);
        Options.Add(_answers);
        Options.Add(_junit);
        Options.Add(_dryRun);
        Options.Add(_confirm);
        _secret.AddTo(this);
    }

    protected override string WhenInterrupted => _switches
        ? "The drill is not complete and its scratch copies are removed; failover steps that were begun were carried out in production, and the journal names them (drtools runs)."
        : "The drill is not complete; its scratch copies are removed, and production was not touched.";

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var secret = _secret.Read(run);
        var requests = Requests(run, PlanLoader.Read(PlanLoader.Choose(run.Get(_plan))).Require());
        return run.Get(_dryRun) ? await TellAsync(run, secret, requests).ConfigureAwait(false) : await HoldAsync(run, secret, requests).ConfigureAwait(false);
    }

    private static async Task<ExitCode> TellAsync(CommandRun run, SecretChoice secret, IReadOnlyList<DrillRequest> requests)
    {
        var courses = new List<DrillCourse>();
        foreach (var request in requests)
        {
            var course = request.Level == DrillLevel.Tabletop ? TabletopDrill.Plan(request)
                : request.Scenario == DrillScenario.Custom ? RunbookDrill.Plan(request)
                : await new DrillEngine(PlanAccess.Secrets(secret)).PlanAsync(request, run.Cancellation).ConfigureAwait(false);
            courses.Add(course);
            run.Output.Text(important: true, text => DrillLines.Write(text, run.Output.Palette, course));
        }

        run.Output.Result(new DrillCoursesDocument([.. courses.Select(DrillCourseDocument.Of)]), CliJson.Documents.DrillCoursesDocument, _ => { });
        return courses.Any(c => c.Obstacles.Count > 0) ? ExitCode.Failed : ExitCode.Done;
    }

    private async Task<ExitCode> HoldAsync(CommandRun run, SecretChoice secret, IReadOnlyList<DrillRequest> requests)
    {
        var results = new List<DrillResult>();
        foreach (var request in requests.Where(r => r.Level != DrillLevel.Tabletop && r.Scenario != DrillScenario.Custom))
        {
            DrillEngine.Require(request);
        }

        _switches = requests.Any(r => r.Level == DrillLevel.Full);
        var room = requests.Any(r => r.Level == DrillLevel.Tabletop) ? Room(run) : null;
        foreach (var request in requests)
        {
            var result = request.Level == DrillLevel.Tabletop ? await new TabletopDrill(PlanAccess.Secrets(secret)).HoldAsync(request, room!, run.Cancellation).ConfigureAwait(false)
                : request.Scenario == DrillScenario.Custom ? await new RunbookProcess(run, secret, run.Get(_answers)).HoldAsync(request).ConfigureAwait(false)
                : await RehearseAsync(run, secret, request).ConfigureAwait(false);
            results.Add(result);
            run.Output.Text(important: !result.Passed, text => DrillLines.Write(text, run.Output.Palette, result));
        }

        if (run.Get(_junit) is { } file)
        {
            JUnitReport.Write(file, results);
        }

        run.Output.Result(new DrillsDocument([.. results.Select(DrillDocument.Of)]), CliJson.Documents.DrillsDocument, _ => { });
        return results.All(r => r.Passed) ? ExitCode.Done : ExitCode.Failed;
    }

    private async Task<DrillResult> RehearseAsync(CommandRun run, SecretChoice secret, DrillRequest request) => run.Get(_answers) is null
        ? await new DrillEngine(PlanAccess.Secrets(secret)).RunAsync(request, new DrillStepLines(run.Output), run.Cancellation).ConfigureAwait(false)
        : throw new DrException(DrError.BadUsage, "Nobody is asked in this drill.", "Leave out --answers: it is for tabletops and runbooks.");

    /// <summary>Where people are. Several services are talked about in one room.</summary>
    private IDrillRoom Room(CommandRun run)
    {
        var console = new ConsoleRoom(run);
        return run.Get(_answers) is { } file ? AnswersFile.Read(file, console)
            : ConsoleRoom.HasPeople ? console
            : throw new DrException(DrError.BadUsage, "A tabletop is talked through, and nobody can be asked: standard input is no terminal.", "Run it in a terminal, give what is said with --answers FILE, or only see the script: --dry-run.");
    }

    private IReadOnlyList<DrillRequest> Requests(CommandRun run, RecoveryPlan plan)
    {
        var (service, scenario) = (run.Get(_service), run.Get(_scenario));
        IReadOnlyList<DrillRequest> requests;
        if (run.Get(_drill) is { } drill)
        {
            if (scenario is not null)
            {
                throw new DrException(DrError.BadUsage, $"The drill {drill} of the plan has a scenario of its own.", "Leave out --scenario, or the drill's name.");
            }

            requests = DrillRequest.OfPlanned(plan, drill, service);
        }
        else if (service is not null && scenario is { } happens)
        {
            requests = [new DrillRequest { Plan = plan, Service = service, Scenario = happens }];
        }
        else
        {
            throw new DrException(
                DrError.BadUsage,
                "Which drill is to be held was not said.",
                $"Give --service and --scenario{(plan.Drills.Count > 0 ? $", or one of the plan's drills: {string.Join(", ", plan.Drills.Select(d => d.Name))}" : string.Empty)}.");
        }

        return
        [
            .. requests.Select(r => r with
            {
                Level = run.Get(_level) ?? r.Level,
                RandomBackup = run.Get(_random) || (r.RandomBackup && !run.Get(_leastTested)),
                LeastTested = run.Get(_leastTested) || (r.LeastTested && !run.Get(_random)),
                Seed = run.Get(_seed),
                WorkFolder = run.Get(_scratch),
                Confirmation = (run.Get(_confirm) ?? []).FirstOrDefault(c => string.Equals(c, r.Service, StringComparison.OrdinalIgnoreCase)),
                Ask = StepQuestion.IsPossible ? StepQuestion.AskAsync : null,
            }),
        ];
    }
}
