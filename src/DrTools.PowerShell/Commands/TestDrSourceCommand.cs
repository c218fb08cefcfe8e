using System.Management.Automation;
using DrTools.Plans;
using DrTools.Sources;

namespace DrTools.PowerShell.Commands;

/// <summary>Finds what would stand in the way of a backup.</summary>
[Cmdlet(VerbsDiagnostic.Test, "DrSource", DefaultParameterSetName = SourceSet)]
[OutputType(typeof(SourceDiagnosis), typeof(bool))]
public sealed class TestDrSourceCommand : SourceCommand
{
    /// <inheritdoc/>
    [Parameter]
    [ValidateNotNull]
    public override RepositoryReference? Repository { get; set; }

    /// <summary>Returns only whether nothing stands in the way.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var context = DiagnosisContext.Of(TryOpenRepository()?.Opened);
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

    private IEnumerable<string> PlannedSources(RecoveryPlan plan) => Service.SelectMany(s => PlannedSelection.SourcesOf(plan, plan.Service(s))).Select(s => s.Source);
}
