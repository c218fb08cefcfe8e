using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Kit;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools kit</c>: writes what is needed to recover without this host.</summary>
internal sealed class KitCommand : RepositoryCommand
{
    private readonly Option<string> _output = new("--output") { Description = "A new or empty folder.", HelpName = "DIR", Required = true };

    public KitCommand()
        : base("kit", "Write a recovery kit: the wrapped key, instructions and this program.") => Options.Add(_output);

    protected override string WhenInterrupted => "The kit is not complete; remove its folder and run it again.";

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var kit = await new RecoveryKit(repository).ExportAsync(run.Get(_output)!, AppContext.BaseDirectory, run.Cancellation).ConfigureAwait(false);
        run.Output.Summary(KitDocument.Of(kit), CliJson.Documents.KitDocument, text =>
        {
            text.WriteLine($"Wrote a recovery kit of {Figures.Count(kit.Files.Count, "file")} to {kit.Folder}.");
            text.WriteLine("  " + kit.AlsoNeeded);
        });
        return ExitCode.Done;
    }
}
