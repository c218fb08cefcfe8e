using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.PostgreSql.Recovery;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools window</c>: which moments can be restored.</summary>
internal sealed class WindowCommand : RepositoryCommand
{
    private readonly Option<string?> _source = SourceOption.Create("Only of this source.");

    public WindowCommand()
        : base("window", "Show which moments of each PostgreSQL cluster can be restored, and each gap in its log.")
    {
        Options.Add(_source);
        TakeServices("Only the sources of this service of the plan, in the repository that its backups are taken into, or --repo.");
    }

    protected override string? SourceName(CommandRun run) => run.GetSource(_source);

    protected override string WhenInterrupted => "The repository was only read.";

    protected override async Task<ExitCode> RunAsync(CommandRun run, Repository repository)
    {
        var windows = await new RecoveryWindows(repository).ListAsync(run.GetSource(_source), run.Cancellation).ConfigureAwait(false);
        if (run.Selection is { } selection)
        {
            windows = [.. windows.Where(w => selection.Sources.Any(s => s.Source == w.Source))];
        }

        run.Output.Result(new WindowsDocument([.. windows.Select(WindowDocument.Of)]), CliJson.Documents.WindowsDocument, text =>
        {
            if (windows.Count == 0)
            {
                text.WriteLine("There is no physical backup of PostgreSQL here.");
            }

            foreach (var window in windows)
            {
                WindowLines.Write(text, run.Output.Palette, window);
            }
        });
        return ExitCode.Done;
    }
}
