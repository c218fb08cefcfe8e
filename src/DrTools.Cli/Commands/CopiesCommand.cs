using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Copies;
using DrTools.Retention;
using DrTools.Sources;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools copies</c>: counts the copies of each source against a rule.</summary>
internal sealed class CopiesCommand : CliCommand
{
    private readonly LogRepositoryOptions _repositories = new();
    private readonly Option<string[]> _sources = new("--source") { Description = "Only this source, be it that no repository has it; may be repeated.", HelpName = "SOURCE" };
    private readonly Option<string?> _policy = new("--policy") { Description = "Copies, media, copies elsewhere, and if wanted immutable and unverified ones: 3-2-1 (if not given), 3-2-1-1-0.", HelpName = "N-N-N" };
    private readonly Option<string?> _age = new("--max-age") { Description = $"A copy counts only if its newest backup was started at most so long ago ({RetentionDuration.Syntax}).", HelpName = "DURATION" };
    private readonly Option<string?> _verified = new("--verified-within") { Description = "How long ago a copy may have been verified by content or restore; 31d if not given.", HelpName = "DURATION" };
    private readonly Option<string?> _medium = new("--production-medium") { Description = "The kind of medium that the production data is on; disk if not given.", HelpName = "WORD" };
    private readonly Option<string?> _site = new("--production-site") { Description = "The site that the production data is at.", HelpName = "NAME" };

    public CopiesCommand()
        : base("copies", "Count the copies of each source against a rule such as 3-2-1, the production data being one of them.")
    {
        _repositories.AddTo(this);
        foreach (var option in new Option[] { _sources, _policy, _age, _verified, _medium, _site })
        {
            Options.Add(option);
        }
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var rule = CopyRule.Parse(run.Get(_policy) ?? "3-2-1");
        rule = rule with
        {
            MaximumAge = Duration(run, _age),
            VerifiedWithin = Duration(run, _verified) ?? rule.VerifiedWithin,
            ProductionMedium = run.Get(_medium) ?? rule.ProductionMedium,
            ProductionSite = run.Get(_site),
        };
        List<string> sources = [.. run.Get(_sources)!.Select(SourceOption.NameOf)];
        var repositories = await SeveralRepositories.OpenAsync(run, _repositories.Read(run)).ConfigureAwait(false);
        await using (repositories.ConfigureAwait(false))
        {
            // What is in a repository that cannot be opened is no copy as long as that is so.
            foreach (var (_, error) in repositories.Failed)
            {
                run.Output.Error(ErrorReport.Of(error));
            }

            var results = await new CopyPolicyCheck(repositories.Opened, rule).RunAsync(sources, e => run.Output.Warn(e.Message), run.Cancellation).ConfigureAwait(false);
            var passed = results.All(r => r.Passed) && repositories.Failed.Count == 0;
            run.Output.Result(CopyPolicyDocument.Of(rule, passed, results), CliJson.Documents.CopyPolicyDocument, _ => { });
            run.Output.Text(important: true, text => CopyPolicyLines.Write(text, run.Output.Palette, rule, results));
            return passed ? ExitCode.Done : repositories.Failed.Aggregate(ExitCode.Failed, (code, failed) => ExitCodes.Worse(code, ExitCodes.Of(failed.Error.Error)));
        }
    }

    private static TimeSpan? Duration(CommandRun run, Option<string?> option) => run.Get(option) is not { } given ? null
        : RetentionDuration.TryParse(given, out var duration) ? duration
        : throw new DrException(DrError.BadUsage, $"'{given}' is not {RetentionDuration.Syntax}.", $"Write {option.Name} 30d, for example.");
}
