using System.CommandLine;
using DrTools.Backup;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Deposits;
using DrTools.Plans;
using DrTools.Sources;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools deposit create</c>: takes backups on a host that may store and do nothing else.</summary>
internal sealed class DepositCreateCommand : CliCommand
{
    private readonly Option<string> _to = new("--to") { Description = "Where deposits go: a folder, or s3://BUCKET/PREFIX (docs/deposits.md).", HelpName = "LOCATION", Required = true };
    private readonly Option<string> _recipient = new("--recipient") { Description = "The file with the public key of the repository that receives them (drtools deposit recipient).", HelpName = "FILE", Required = true };
    private readonly BackupTakingOptions _options = new("A service of the plan instead of sources: its sources, with what the plan leaves out of them.");

    public DepositCreateCommand()
        : base("create", "Take a full backup of each source with nothing but a public key and the right to store.")
    {
        _options.AddSourceTo(this);
        Options.Add(_to);
        Options.Add(_recipient);
        _options.AddTo(this);
    }

    protected override string WhenInterrupted => "The deposit that was being written holds no backup; whoever receives deposits removes it after a week.";

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var sources = _options.Service(run) is { } named ? [.. PlannedSelection.SourcesOf(named.Plan, named.Service).Select(s => _options.Source(run, s))] : _options.Sources(run);
        var writer = new DepositWriter(run.Get(_to)!, DepositRecipient.Read(run.Get(_recipient)!));
        var (taken, failed) = (new List<DepositResultDocument>(), new List<ErrorInfo>());
        var exitCode = ExitCode.Done;
        foreach (var (source, options) in sources)
        {
            try
            {
                var result = await RunAsync(run, writer, source, options).ConfigureAwait(false);
                taken.Add(DepositResultDocument.Of(result));
                Describe(run.Output, result);
                exitCode = ExitCodes.Worse(exitCode, result.Backup.IsPartial ? ExitCode.Partial : ExitCode.Done);
            }
            catch (DrException e)
            {
                var report = ErrorReport.Of(e) with { Source = source.Name };
                run.Output.Trace(e);
                run.Output.Error(report);
                failed.Add(ErrorInfo.Of(report));
                exitCode = ExitCodes.Worse(exitCode, report.ExitCode);
            }
        }

        if (taken.Count > 0)
        {
            run.Output.Result(new DepositResultsDocument(taken, failed), CliJson.Documents.DepositResultsDocument, _ => { });
        }

        return exitCode;
    }

    private static async Task<DepositResult> RunAsync(CommandRun run, DepositWriter writer, ISource source, BackupOptions options)
    {
        run.Output.Step($"Backing up {source.Name}.");
        using var progress = run.Output.StartProgress(source.Name);
        return await writer.RunAsync(source, options, progress.Of<BackupProgress>(p => new ProgressState(p.ReadBytes, p.ExpectedBytes, p.CurrentPath)), run.Cancellation).ConfigureAwait(false);
    }

    private static void Describe(CommandOutput output, DepositResult result)
    {
        output.Text(important: false, text =>
        {
            text.WriteLine($"{output.Palette.Paint(result.Backup.Id, Tone.Strong)}  {result.Backup.Source}");
            TakenBackupLines.Write(text, result.Backup);
            text.WriteLine($"  deposited in {result.Location}, for public key {result.Recipient}");
            TakenBackupLines.WriteNotes(text, result.Notes);
        });
        IssueLines.Warn(output, result.Issues, result.Backup.IssueCount, result.Backup.IsPartial ? $"The backup of {result.Backup.Source} is partial." : null);
    }
}
