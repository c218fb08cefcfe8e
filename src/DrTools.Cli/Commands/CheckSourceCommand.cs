using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Repositories;
using DrTools.Sources;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools check-source</c>: finds what would stand in the way of a backup.</summary>
internal sealed class CheckSourceCommand : CliCommand
{
    private readonly Argument<string[]> _sources = new("source") { Description = "What is to be backed up: postgresql:…", Arity = ArgumentArity.OneOrMore };
    private readonly RepositoryOptions _repository = new();
    private readonly PostgreSqlBackupOptions _postgreSql = new();

    public CheckSourceCommand()
        : base("check-source", "Find what would stand in the way of a backup, before it is taken; with a repository, the space and the log archive there too.")
    {
        Arguments.Add(_sources);
        _repository.AddTo(this);
        _postgreSql.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var sources = run.Get(_sources)!.Select(s => IDiagnosableSource.Of(SourceOption.Parse(s, new SourceOptions { Provider = _postgreSql.Read(run) }))).ToList();
        if (_repository.Location(run) is not { } location)
        {
            return await CheckAsync(run, sources, null).ConfigureAwait(false);
        }

        var repository = await _repository.OpenAsync(run, location).ConfigureAwait(false);
        await using (repository.ConfigureAwait(false))
        {
            return await CheckAsync(run, sources, repository).ConfigureAwait(false);
        }
    }

    private static async Task<ExitCode> CheckAsync(CommandRun run, List<IDiagnosableSource> sources, Repository? repository)
    {
        var diagnoses = new List<SourceDiagnosis>();
        foreach (var source in sources)
        {
            var diagnosis = await source.DiagnoseAsync(DiagnosisContext.Of(repository), run.Cancellation).ConfigureAwait(false);
            diagnoses.Add(diagnosis);
            run.Output.Text(important: !diagnosis.Passed, text => DiagnosisLines.Write(text, run.Output.Palette, diagnosis));
        }

        var passed = diagnoses.All(d => d.Passed);
        run.Output.Result(new DiagnosisDocument(passed, [.. diagnoses.Select(SourceDiagnosisDocument.Of)]), CliJson.Documents.DiagnosisDocument, _ => { });
        return passed ? ExitCode.Done : ExitCode.Failed;
    }
}
