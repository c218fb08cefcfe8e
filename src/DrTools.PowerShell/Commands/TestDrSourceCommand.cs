using System.Management.Automation;
using DrTools.Sources;

namespace DrTools.PowerShell.Commands;

/// <summary>Finds what would stand in the way of a backup.</summary>
[Cmdlet(VerbsDiagnostic.Test, "DrSource")]
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
        foreach (var text in Source)
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
}
