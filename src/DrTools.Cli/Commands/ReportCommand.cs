using System.CommandLine;
using DrTools.Cli.CommandLine;
using DrTools.Cli.Json;
using DrTools.Cli.Output;
using DrTools.Cli.Secrets;
using DrTools.Plans;
using DrTools.PostgreSql.Recovery;
using DrTools.Reports;

namespace DrTools.Cli.Commands;

/// <summary><c>drtools report</c>: a drill, a day, a week or a month, for people and programs, so that it can be checked later.</summary>
internal sealed class ReportCommand : CliCommand
{
    private readonly Argument<string?> _plan = PlanArgument.Create();
    private readonly Option<string?> _drill = new("--drill") { Description = "About this drill: its id, the beginning or end of it, or latest.", HelpName = "ID" };
    private readonly Option<string?> _day = new("--day") { Description = "About a day of the plan's zone: 2026-11-21, today, yesterday.", HelpName = "DAY" };
    private readonly Option<string?> _week = new("--week") { Description = "About a week, from Monday on: a date in it, this, last.", HelpName = "DAY" };
    private readonly Option<string?> _month = new("--month") { Description = "About a month: 2026-11, this, last.", HelpName = "MONTH" };
    private readonly Option<string?> _since = new("--since") { Description = "About the time from this moment on, with its zone: 2026-11-21T10:00:00Z.", HelpName = "TIME" };
    private readonly Option<string?> _until = new("--until") { Description = "With --since: until this moment; now if not given.", HelpName = "TIME" };
    private readonly Option<string[]> _services = PlanArgument.Services("Only this service; may be repeated.");
    private readonly Option<string?> _output = new("--output") { Description = "Write it into this file. Without it the findings are only told.", HelpName = "FILE" };
    private readonly Option<ReportFormat?> _format = ChoiceOption.Create<ReportFormat>("--format", "What it is written as; by the end of the file's name if not given. XML is for drills.");
    private readonly Option<ReportAudience?> _audience = ChoiceOption.Create<ReportAudience>("--audience", "Who it is for; management for a month, operations otherwise.");
    private readonly Option<bool> _force = new("--force") { Description = "Replace a file that is there." };
    private readonly SecretOptions _secret = SecretOptions.ForOpening();

    public ReportCommand()
        : base("report", "Report on a drill, a day, a week or a month: what is to be done, and the evidence.")
    {
        Arguments.Add(_plan);
        foreach (var option in new Option[] { _drill, _day, _week, _month, _since, _until, _services, _output, _format, _audience, _force })
        {
            Options.Add(option);
        }

        _secret.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(CommandRun run)
    {
        var secret = _secret.Read(run);
        var format = Format(run);
        var plan = PlanLoader.Read(PlanLoader.Choose(run.Get(_plan))).Require();
        var request = new ReportRequest { Plan = plan, Services = run.Get(_services)!, Drill = run.Get(_drill), Period = Period(run, plan), Audience = run.Get(_audience) };
        if (run.Get(_output) is { } wanted && !run.Get(_force) && Path.Exists(wanted))
        {
            throw new DrException(DrError.FileExists, $"There is a file already: {Path.GetFullPath(wanted)}.", "Name another file, or replace it with --force.") { Subject = wanted };
        }

        var report = await new ReportEngine(PlanAccess.Secrets(secret)).MakeAsync(request, run.Cancellation).ConfigureAwait(false);
        var file = run.Get(_output) is { } path ? ReportWriter.Write(report, path, format!.Value, run.Get(_force)) : null;
        run.Output.Result(ReportDocument.Of(report, file, format), CliJson.Documents.ReportDocument, _ => { });
        run.Output.Text(important: file is null, text => ReportLines.Write(text, run.Output.Palette, report, file));
        return report.Basis.Repositories.Any(r => r.Problems.Count > 0) ? ExitCode.IntegrityFailure : ExitCode.Done;
    }

    private ReportFormat? Format(CommandRun run)
    {
        if (run.Get(_output) is not { } path)
        {
            return run.Get(_format) is null ? null : throw new DrException(DrError.BadUsage, "--format says how a file is written, and no file was named.", "Add --output FILE.");
        }

        var format = run.Get(_format) ?? ReportWriter.FormatOf(path)
            ?? throw new DrException(DrError.BadUsage, $"The name {path} does not say what is to be written.", "Name it .html, .md or .json, or give --format.");
        return format is ReportFormat.Junit or ReportFormat.Nunit && run.Get(_drill) is null
            ? throw new DrException(DrError.BadUsage, "Only the report of a drill can be written as JUnit or NUnit XML: its checks are the tests.", "Name a drill with --drill, or write HTML, Markdown or JSON.")
            : format;
    }

    private ReportPeriod? Period(CommandRun run, RecoveryPlan plan)
    {
        var now = TimeProvider.System.GetUtcNow();
        var given = new[] { run.Get(_drill), run.Get(_day), run.Get(_week), run.Get(_month), run.Get(_since) };
        if (given.Count(g => g is not null) != 1)
        {
            throw new DrException(DrError.BadUsage, given.Any(g => g is not null) ? "A report is about one thing, and several were named." : "It was not said what the report is to be about.", "Give one of --drill, --day, --week, --month and --since.");
        }

        if (run.Get(_until) is not null && run.Get(_since) is null)
        {
            throw new DrException(DrError.BadUsage, "--until needs a beginning.", "Add --since TIME.");
        }

        return run.Get(_day) is { } day ? ReportPeriodText.Day(day, plan.TimeZone, now)
            : run.Get(_week) is { } week ? ReportPeriodText.Week(week, plan.TimeZone, now)
            : run.Get(_month) is { } month ? ReportPeriodText.Month(month, plan.TimeZone, now)
            : run.Get(_since) is { } since ? ReportPeriod.Span(RecoveryTarget.ParseTime(since), run.Get(_until) is { } until ? RecoveryTarget.ParseTime(until) : now)
            : null;
    }
}
