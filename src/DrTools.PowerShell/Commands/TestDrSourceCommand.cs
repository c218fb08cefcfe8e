using System.Management.Automation;
using System.Security;
using DrTools.Plans;
using DrTools.Sources;

namespace DrTools.PowerShell.Commands;

/// <summary>Finds what would stand in the way of a backup.</summary>
[Cmdlet(VerbsDiagnostic.Test, "DrSource", DefaultParameterSetName = SourceSet)]
[OutputType(typeof(SourceDiagnosis), typeof(bool))]
public sealed class TestDrSourceCommand : SourceCommand
{
    private readonly RepositoryOpener _opener;

    /// <summary>A cmdlet that has opened nothing yet.</summary>
    public TestDrSourceCommand() => _opener = new RepositoryOpener(this);

    /// <summary>The repository: an object of Get-DrRepository or New-DrRepository, or a location.</summary>
    [Parameter]
    [ValidateNotNull]
    public RepositoryReference? Repository { get; set; }

    /// <summary>The passphrase that opens the repository.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>The key file that opens the repository.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeyFile { get; set; }

    /// <summary>Returns only whether nothing stands in the way.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var context = DiagnosisContext.Of(RepositoryOpener.IsNamed(Repository) ? _opener.OpenOrEnd(Repository, Passphrase, KeyFile).Opened : null);
        var planned = Service.Length == 0 ? [] : PlannedSources(PlanAccess.Read(this, Plan).Require());
        foreach (var text in Source.Concat(planned))
        {
            try
            {
                var source = IDiagnosableSource.Of(Parse(text, new SourceOptions(), PostgreSql));
                WriteVerbose($"Checking {source.Name}.");
                var diagnosis = Await(stop => source.DiagnoseAsync(context, stop).AsTask());
                WriteObject(Quiet ? diagnosis.Passed : diagnosis);
            }
            catch (DrException e)
            {
                WriteError(e, text);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _opener.Dispose();
        }

        base.Dispose(disposing);
    }

    private IEnumerable<string> PlannedSources(RecoveryPlan plan) => Service.SelectMany(s => PlannedSelection.SourcesOf(plan, plan.Service(s))).Select(s => s.Address);
}
