using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Demo;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools demo</c>: the main job on data of its own, measured against objectives.</summary>
internal sealed class DemoCommand : CliCommand
{
    private readonly Option<bool> _keep = new("--keep") { Description = "Leave data, repository and passphrase in the work folder." };
    private readonly Option<string?> _workFolder = new("--workdir")
    {
        Description = "The work folder, new or empty; a new one among the temporary files if not given. The report stays in it.",
        HelpName = "DIR",
    };

    public DemoCommand()
        : base("demo", "Back up a database and a file tree made for the purpose, destroy them, recover, and measure RTO and RPO.")
    {
        Options.Add(_keep);
        Options.Add(_workFolder);
    }

    protected override string WhenInterrupted => "What the demo had made was removed, unless --keep was given.";

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var options = new DemoOptions { Keep = run.Get(_keep), WorkFolder = run.Get(_workFolder) };
        var result = await new DemoEngine().RunAsync(options, new DemoStepLines(run.Output), run.Cancellation).ConfigureAwait(false);
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

    /// <summary>Everything came back whole, but too late, or too much was lost.</summary>
    private static bool OnlyObjectivesMissed(DemoResult result) =>
        result.Recovered is not null
        && result.Checks.Count(c => !c.Passed) == (result.MeetsRto ? 0 : 1) + (result.MeetsRpo ? 0 : 1);
}
