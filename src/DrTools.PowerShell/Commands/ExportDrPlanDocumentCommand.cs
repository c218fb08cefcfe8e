using System.Management.Automation;
using System.Security;
using DrTools.Documents;

namespace DrTools.PowerShell.Commands;

/// <summary>Writes the whole plan as a document for people.</summary>
[Cmdlet(VerbsData.Export, "DrPlanDocument", SupportsShouldProcess = true)]
[OutputType(typeof(ExportedPlanDocument))]
public sealed class ExportDrPlanDocumentCommand : CancellableCommand
{
    /// <summary>The file.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <summary>The plan: one of Get-DrPlan, or a file; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PlanReference? Plan { get; set; }

    /// <summary>How it is written; what the file's name asks for if not given.</summary>
    [Parameter]
    public DocumentFormat? DocumentFormat { get; set; }

    /// <summary>Its language.</summary>
    [Parameter]
    public DocumentLanguage Language { get; set; }

    /// <summary>An earlier document: what has changed since is told.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Previous { get; set; }

    /// <summary>Writes it from the plan alone, asking nobody how things stand.</summary>
    [Parameter]
    public SwitchParameter FileOnly { get; set; }

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
        var plan = PlanAccess.Read(this, Plan).Require();
        var path = ResolvePath(Path);
        if (!Force && System.IO.Path.Exists(path))
        {
            throw PlanDocument.Exists(path);
        }

        if (Previous is not null)
        {
            PlanDocument.RequireOne(ResolvePath(Previous));
        }

        var format = DocumentFormat ?? PlanDocument.FormatOf(path);
        if (!ShouldProcess(path, $"Write {plan.Name} as {format} in {(Language == DocumentLanguage.Ja ? "Japanese" : "English")}"))
        {
            return;
        }

        var collector = new PlanDocumentCollector(PlanAccess.Secrets(this, Passphrase, KeyFile is null ? null : ResolvePath(KeyFile)).WithVaultsRead(plan.Repositories));
        var state = FileOnly ? collector.Nothing() : Await(stop => collector.AskAsync(plan, stop));
        var document = new PlanDocument(plan, state, Language);
        WriteObject((Previous is null ? document : document.Since(ResolvePath(Previous))).Write(path, format, Force));
    }
}
