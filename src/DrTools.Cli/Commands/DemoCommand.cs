using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Demo;
using DrTools.PostgreSql.Demo;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools demo</c>: the main job on data of its own, measured against objectives.</summary>
internal sealed class DemoCommand : CliCommand
{
    private const int LongestObjective = 86400;

    private readonly Option<DemoSubject?> _engine = ChoiceOption.Create<DemoSubject>("--engine", "What it plays on: a SQLite database and files, or a PostgreSQL server that it makes; sqlite if not given.");
    private readonly Option<bool> _keep = new("--keep") { Description = "Leave data, repository and passphrase in the work folder." };
    private readonly Option<string?> _workFolder = new("--workdir")
    {
        Description = "The work folder, new or empty; a new one among the temporary files if not given. The report stays in it.",
        HelpName = "DIR",
    };

    private readonly Option<string?> _programs = new("--pg-bin") { Description = "PostgreSQL: the folder of the server's programs; the newest that is installed if not given.", HelpName = "DIR" };
    private readonly Option<int?> _recoveryTime = NumberOption.Create("--rto", "Recovery time objective, seconds; 60 if not given.", 1, LongestObjective);
    private readonly Option<int?> _recoveryPoint = NumberOption.Create("--rpo", "Recovery point objective, seconds; 900 if not given, 60 for PostgreSQL.", 1, LongestObjective);

    public DemoCommand()
        : base("demo", "Back up data made for the purpose, destroy it, recover, and measure RTO and RPO.")
    {
        foreach (var option in new Option[] { _engine, _keep, _workFolder, _programs, _recoveryTime, _recoveryPoint })
        {
            Options.Add(option);
        }
    }

    private enum DemoSubject
    {
        Sqlite,
        Postgresql,
    }

    protected override string WhenInterrupted => "What the demo had made was removed, unless --keep was given.";

    private void Validate(CommandRun run)
    {
        if (run.Get(_programs) is not null && run.Get(_engine) != DemoSubject.Postgresql)
        {
            throw new DrException(DrError.BadUsage, "--pg-bin names the programs of PostgreSQL, and the demo would play on SQLite.", "Add --engine postgresql, or leave --pg-bin out.");
        }
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        Validate(run);
        var lines = new DemoStepLines(run.Output);
        var result = run.Get(_engine) == DemoSubject.Postgresql
            ? await new ClusterDemo().RunAsync(ReadCluster(run), lines, run.Cancellation).ConfigureAwait(false)
            : await new DemoEngine().RunAsync(Read(run), lines, run.Cancellation).ConfigureAwait(false);
        run.Output.Result(DemoDocument.Of(result), CliJson.Documents.DemoDocument, _ => { });
        run.Output.Text(important: !result.Passed, text =>
        {
            text.WriteLine();
            new DemoTimeline(result).Write(text, run.Output.Palette);
            text.WriteLine();
            DemoLines.Write(text, run.Output.Palette, result);
        });
        return result.Passed ? ExitCode.Done : OnlyObjectivesMissed(result) ? ExitCode.Failed : ExitCode.IntegrityFailure;
    }

    private DemoOptions Read(CommandRun run)
    {
        var options = new DemoOptions { Keep = run.Get(_keep), WorkFolder = run.Get(_workFolder) };
        return options with { Objectives = Objectives(run, options.Objectives) };
    }

    private ClusterDemoOptions ReadCluster(CommandRun run)
    {
        var options = new ClusterDemoOptions { Program = Program(), ProgramFolder = run.Get(_programs), Keep = run.Get(_keep), WorkFolder = run.Get(_workFolder) };
        return options with { Objectives = Objectives(run, options.Objectives) };
    }

    private DemoObjectives Objectives(CommandRun run, DemoObjectives defaults) => new()
    {
        Rto = run.Get(_recoveryTime) is { } time ? TimeSpan.FromSeconds(time) : defaults.Rto,
        Rpo = run.Get(_recoveryPoint) is { } point ? TimeSpan.FromSeconds(point) : defaults.Rpo,
    };

    /// <summary>This program, also where it was started as <c>dotnet drtools.dll</c>.</summary>
    private static string Program()
    {
        var own = Path.Combine(AppContext.BaseDirectory, "drtools");
        return Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "drtools" ? Environment.ProcessPath!
            : File.Exists(own) ? own
            : throw new DrException(DrError.ToolMissing, $"The server would run drtools for its log, and there is no such program in {AppContext.BaseDirectory}.", "Run the demo with the program drtools itself.");
    }

    /// <summary>Everything came back whole, but too late, or too much was lost.</summary>
    private static bool OnlyObjectivesMissed(DemoResult result) =>
        result.Recovered is not null
        && result.Checks.Count(c => !c.Passed) == (result.MeetsRto ? 0 : 1) + (result.MeetsRpo ? 0 : 1);
}
