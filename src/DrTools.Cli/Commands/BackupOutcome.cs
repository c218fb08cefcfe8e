using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Copies;

namespace DrTools.Cli.Commands;

/// <summary>What became of the sources of one run: what was taken, what failed, and the gravest exit code.</summary>
internal sealed class BackupOutcome(CommandRun run)
{
    private readonly List<BackupRunDocument> _taken = [];
    private readonly List<ErrorInfo> _failed = [];

    public ExitCode ExitCode { get; private set; } = ExitCode.Done;

    public void Add(SeveralResult result, string source)
    {
        _taken.Add(BackupRunDocument.Of(result));
        ExitCode = ExitCodes.Worse(ExitCode, result.Taken.Backup.IsPartial ? ExitCode.Partial : ExitCode.Done);
        foreach (var error in result.Repositories.Select(r => r.Error).OfType<DrException>())
        {
            Fail(error, source);
        }
    }

    public void Fail(DrException error, string? source)
    {
        var report = ErrorReport.Of(error) with { Source = source };
        run.Output.Trace(error);
        run.Output.Error(report);
        _failed.Add(ErrorInfo.Of(report));
        ExitCode = ExitCodes.Worse(ExitCode, report.ExitCode);
    }

    /// <summary>With one repository, or none of several, nothing can be done; otherwise the others get the backup.</summary>
    public void ThrowIfNone(SeveralRepositories repositories)
    {
        if (repositories.Opened.Count == 0)
        {
            throw repositories.Failed[0].Error;
        }

        foreach (var (_, error) in repositories.Failed)
        {
            Fail(error, null);
        }
    }

    public void Print()
    {
        if (_taken.Count > 0)
        {
            run.Output.Result(new BackupRunsDocument(_taken, _failed), CliJson.Documents.BackupRunsDocument, _ => { });
        }
    }
}
