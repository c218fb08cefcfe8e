using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Cli.Secrets;
using DrTools.Plans;
using DrTools.Reports;
using DrTools.Repositories;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools evidence test</c>: whether a report and the records that it rests on are what they were.</summary>
internal sealed class EvidenceTestCommand : CliCommand
{
    private readonly Argument<string?> _report = new("report") { Description = "The report: HTML, Markdown or JSON. Without it the repository is checked by itself.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _plan = new("--plan") { Description = "The plan that says where the repositories are. Also from DRTOOLS_PLAN; dr.yaml otherwise.", HelpName = "FILE" };
    private readonly RepositoryOptions _repository = new();

    public EvidenceTestCommand()
        : base("test", "Check a report against the journals: every record, every drill and every figure. What was altered is named.")
    {
        Arguments.Add(_report);
        Options.Add(_plan);
        _repository.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var secret = _repository.Secret(run);
        EvidenceResult result;
        if (run.Get(_report) is { } report)
        {
            result = await EvidenceTest.RunAsync(report, Opener(run, secret), run.Cancellation).ConfigureAwait(false);
        }
        else
        {
            var repository = await RepositoryOpening.OpenAsync(_repository.RequiredLocation(run), secret, run).ConfigureAwait(false);
            await using (repository.ConfigureAwait(false))
            {
                result = await EvidenceTest.RunOnRepositoryAsync(repository.Location, repository, run.Cancellation).ConfigureAwait(false);
            }
        }

        run.Output.Result(EvidenceDocument.Of(result), CliJson.Documents.EvidenceDocument, _ => { });
        run.Output.Text(important: !result.Passed, text => EvidenceLines.Write(text, run.Output.Palette, result));
        return result.Passed ? ExitCode.Done : ExitCode.IntegrityFailure;
    }

    /// <summary>A repository that is named serves every repository of the report: another one is refused by its identity. Otherwise the
    /// plan says where they are, or where there is none, the environment.</summary>
    private Func<ReportedRepository, CancellationToken, ValueTask<Repository?>> Opener(CommandRun run, SecretChoice secret)
    {
        var file = PlanLoader.Choose(run.Get(_plan));
        if ((_repository.Given(run) ?? (run.Get(_plan) is null && !File.Exists(file) ? _repository.Location(run) : null)) is { } location)
        {
            return async (_, _) => await RepositoryOpening.OpenAsync(location, secret, run).ConfigureAwait(false);
        }

        var plan = PlanLoader.Read(file).Require();
        return EvidenceTest.From(plan, PlanAccess.Secrets(secret));
    }
}
