using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Secrets;
using DrTools.Documents;
using DrTools.Plans;
using PlanDocument = DrTools.Documents.PlanDocument;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools plan document</c>: the whole plan as a document for people.</summary>
internal sealed class PlanDocumentCommand : CliCommand
{
    private readonly Argument<string?> _plan = PlanArgument.Create();
    private readonly Option<string?> _output = new("--output") { Description = "The file; dr-plan.md or dr-plan.html if not given.", HelpName = "FILE" };
    private readonly Option<DocumentFormat?> _format = ChoiceOption.Create<DocumentFormat>("--format", "How it is written; what the file's name asks for, else markdown.");
    private readonly Option<DocumentLanguage?> _language = ChoiceOption.Create<DocumentLanguage>("--language", "Its language: en if not given.");
    private readonly Option<string?> _previous = new("--previous") { Description = "An earlier document: what has changed since is told.", HelpName = "FILE" };
    private readonly Option<bool> _fileOnly = new("--file-only") { Description = "Write it from the plan alone, asking nobody how things stand." };
    private readonly Option<bool> _force = new("--force") { Description = "Replace a file that is there." };
    private readonly SecretOptions _secret = SecretOptions.ForOpening();

    public PlanDocumentCommand()
        : base("document", "Write the whole plan as a document for people, in English or Japanese: policy, objectives, procedures, sites, drills, costs; with where reality differs.")
    {
        Arguments.Add(_plan);
        foreach (var option in new Option[] { _output, _format, _language, _previous, _fileOnly, _force })
        {
            Options.Add(option);
        }

        _secret.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var plan = PlanLoader.Read(PlanLoader.Choose(run.Get(_plan))).Require();
        var format = run.Get(_format) ?? (run.Get(_output) is { } named ? PlanDocument.FormatOf(named) : DocumentFormat.Markdown);
        var output = run.Get(_output) ?? (format == DocumentFormat.Html ? "dr-plan.html" : "dr-plan.md");
        if (!run.Get(_force) && Path.Exists(output))
        {
            // Before anything is asked, which takes a while.
            throw PlanDocument.Exists(output);
        }

        var collector = new PlanDocumentCollector(PlanAccess.Secrets(_secret.Read(run)));
        var earlier = run.Get(_previous);
        if (earlier is not null)
        {
            PlanDocument.RequireOne(earlier);
        }

        var state = run.Get(_fileOnly) ? collector.Nothing() : await collector.AskAsync(plan, run.Cancellation).ConfigureAwait(false);
        var document = new PlanDocument(plan, state, run.Get(_language) ?? DocumentLanguage.En);
        var written = (earlier is null ? document : document.Since(earlier)).Write(output, format, run.Get(_force));
        run.Output.Summary(PlanDocumentDocument.Of(written), CliJson.Documents.PlanDocumentDocument, text =>
        {
            text.WriteLine($"Wrote {written.Path}.");
            text.WriteLine(written.ComparedWithReality
                ? $"  {Figures.Count(written.Differences, "difference")} between plan and reality, {Figures.Count(written.Warnings, "warning")}, {written.NotChecked} not checked."
                : "  From the plan alone: nothing was asked.");
            if (written.Changes is { } changes)
            {
                text.WriteLine($"  {Figures.Count(changes, "fact")} of the plan changed since {earlier}.");
            }
        });
        return ExitCode.Done;
    }
}
