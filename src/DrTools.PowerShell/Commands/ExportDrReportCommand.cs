using System.Management.Automation;
using System.Security;
using DrTools.Plans;
using DrTools.Reports;

namespace DrTools.PowerShell.Commands;

/// <summary>Writes a report of a drill, a day, a week or a month.</summary>
[Cmdlet(VerbsData.Export, "DrReport", SupportsShouldProcess = true, DefaultParameterSetName = DaySet)]
[OutputType(typeof(DrReportFile))]
public sealed class ExportDrReportCommand : CancellableCommand
{
    private const string DrillSet = "Drill";
    private const string DaySet = "Day";
    private const string WeekSet = "Week";
    private const string MonthSet = "Month";
    private const string SpanSet = "Span";

    /// <summary>The file; the end of its name says what is written unless Format does.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <summary>The drill: its id, the beginning or end of it, or latest.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DrillSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [ValidateNotNullOrEmpty]
    public string? DrillId { get; set; }

    /// <summary>A day of the plan's zone: a date, today, yesterday.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DaySet)]
    [ValidateNotNull]
    public CalendarReference? Day { get; set; }

    /// <summary>The week from Monday on in which a date is; or this, last.</summary>
    [Parameter(Mandatory = true, ParameterSetName = WeekSet)]
    [ValidateNotNull]
    public CalendarReference? Week { get; set; }

    /// <summary>The month: 2026-11, a date in it, this, last.</summary>
    [Parameter(Mandatory = true, ParameterSetName = MonthSet)]
    [ValidateNotNull]
    public CalendarReference? Month { get; set; }

    /// <summary>The time from this moment on.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SpanSet)]
    [ValidateNotNull]
    public MomentReference? Since { get; set; }

    /// <summary>Until this moment; now if not given.</summary>
    [Parameter(ParameterSetName = SpanSet)]
    [ValidateNotNull]
    public MomentReference? Until { get; set; }

    /// <summary>Only these services.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Service { get; set; } = [];

    /// <summary>What it is written as.</summary>
    [Parameter]
    public ReportFormat? Format { get; set; }

    /// <summary>Who it is for; management for a month, operations otherwise.</summary>
    [Parameter]
    public ReportAudience? Audience { get; set; }

    /// <summary>The plan: one of Get-DrPlan, or a file; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter]
    [ValidateNotNull]
    public PlanReference? Plan { get; set; }

    /// <summary>The passphrase of repositories of which the plan does not say what opens them.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>Their key file.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeyFile { get; set; }

    /// <summary>Replaces a file that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var path = ResolvePath(Path);
        var format = Format ?? ReportWriter.FormatOf(path) ?? throw new DrException(DrError.BadUsage, $"The name {Path} does not say what is to be written.", "Name it .html, .md or .json, or give -Format.");
        var plan = PlanAccess.Read(this, Plan).Require();
        var secrets = PlanAccess.Secrets(this, Passphrase, KeyFile is null ? null : ResolvePath(KeyFile)).WithVaultsRead(plan.Repositories);
        var request = new ReportRequest { Plan = plan, Services = Service, Drill = DrillId, Period = Period(plan), Audience = Audience };
        if (!ShouldProcess(path, $"Write the report as {format}"))
        {
            return;
        }

        var report = Await(stop => new ReportEngine(secrets).MakeAsync(request, stop));
        var file = ReportWriter.Write(report, path, format, Force);
        WriteObject(DrReportFile.Of(report, file, format));
    }

    private ReportPeriod? Period(RecoveryPlan plan)
    {
        var now = TimeProvider.System.GetUtcNow();
        return ParameterSetName switch
        {
            DaySet => ReportPeriodText.Day(Day!.Text, plan.TimeZone, now),
            WeekSet => ReportPeriodText.Week(Week!.Text, plan.TimeZone, now),
            MonthSet => ReportPeriodText.Month(Month!.Text, plan.TimeZone, now),
            SpanSet => ReportPeriod.Span(Since!.Resolve(), Until?.Resolve() ?? now),
            _ => null,
        };
    }
}
