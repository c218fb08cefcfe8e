using System.Management.Automation;
using System.Security;
using DrTools.Reports;

namespace DrTools.PowerShell.Commands;

/// <summary>Checks that reports, and the records that they rest on, are what they were.</summary>
[Cmdlet(VerbsDiagnostic.Test, "DrEvidence", DefaultParameterSetName = ReportSet)]
[OutputType(typeof(EvidenceResult), typeof(bool))]
public sealed class TestDrEvidenceCommand : RepositoryCommand
{
    private const string ReportSet = "Report";
    private const string ReportOfRepositorySet = "ReportOfRepository";
    private const string RepositorySet = "Repository";

    /// <summary>The report: HTML, Markdown or JSON.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ReportSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ReportOfRepositorySet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <summary>The repository that is checked by itself, or that the report rests on.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ReportOfRepositorySet)]
    [Parameter(Mandatory = true, ParameterSetName = RepositorySet)]
    [ValidateNotNull]
    public override RepositoryReference? Repository { get; set; }

    /// <summary>The plan that says where the repositories of the report are; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter(ParameterSetName = ReportSet)]
    [ValidateNotNull]
    public PlanReference? Plan { get; set; }

    /// <summary>Returns only whether everything is genuine.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var result = ParameterSetName switch
        {
            RepositorySet => TestRepository(),
            ReportOfRepositorySet => TestWithRepository(),
            _ => TestWithPlan(),
        };
        WriteObject(Quiet ? result.Passed : result);
    }

    private EvidenceResult TestRepository()
    {
        var repository = OpenRepository();
        return Await(stop => EvidenceTest.RunOnRepositoryAsync(repository.Location, repository.Opened, stop));
    }

    private EvidenceResult TestWithPlan()
    {
        var path = ResolvePath(Path);
        var plan = PlanAccess.Read(this, Plan).Require();
        var secrets = PlanAccess.Secrets(this, Passphrase, KeyFile is null ? null : ResolvePath(KeyFile)).WithVaultsRead(plan.Repositories);
        return Await(stop => EvidenceTest.RunAsync(path, EvidenceTest.From(plan, secrets), stop));
    }

    private EvidenceResult TestWithRepository()
    {
        var path = ResolvePath(Path);
        var repository = OpenRepository();
        return Await(stop => EvidenceTest.RunAsync(path, repository.Opened, stop));
    }
}
