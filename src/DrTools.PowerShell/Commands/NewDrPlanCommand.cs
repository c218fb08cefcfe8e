using System.Management.Automation;
using System.Security;
using DrTools.Plans;
using DrTools.PowerShell.Completion;

namespace DrTools.PowerShell.Commands;

/// <summary>Writes a commented plan to start from.</summary>
[Cmdlet(VerbsCommon.New, "DrPlan", SupportsShouldProcess = true)]
[OutputType(typeof(StarterResult))]
public sealed class NewDrPlanCommand : CancellableCommand
{
    /// <summary>The plan file; that of DRTOOLS_PLAN, or dr.yaml, if not given.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNull]
    public PlanReference? Plan { get; set; }

    /// <summary>What the plan is called.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>The repositories, which are looked into for what is backed up already.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public RepositoryReference[] Repository { get; set; } = [];

    /// <summary>Sources to be put in.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SourceCompleter))]
    public string[] Source { get; set; } = [];

    /// <summary>Does not look for database servers on this host.</summary>
    [Parameter]
    public SwitchParameter NoSearch { get; set; }

    /// <summary>The passphrase that opens the repositories; it is not written into the plan.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>The key file that opens the repositories.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? KeyFile { get; set; }

    /// <summary>Replaces a plan that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private readonly List<RepositoryReference> _repositories = [];

    /// <inheritdoc/>
    protected override void ProcessItem() => _repositories.AddRange(Repository);

    /// <summary>All repositories are looked into together.</summary>
    protected override void EndProcessing()
    {
        try
        {
            Make();
        }
        catch (DrException e)
        {
            WriteError(e);
        }
    }

    private void Make()
    {
        var keyFile = KeyFile is null ? null : ResolvePath(KeyFile);
        var options = new StarterOptions
        {
            File = ResolvePath(PlanLoader.Choose(Plan?.File)),
            Name = Name,
            Repositories = [.. _repositories.Select(r => new PlannedRepository { Name = r.Location, Location = SessionPath.ResolveLocation(SessionState.Path, r.Location), KeyFile = keyFile })],
            Sources = [.. Source.Select(s => SessionPath.ResolveSource(SessionState, s))],
            LooksAround = !NoSearch,
            Force = Force,
        };
        var secrets = PlanAccess.Secrets(this, Passphrase, keyFile);
        var starter = Await(stop => new PlanStarter(secrets).MakeAsync(options, stop));
        if (!ShouldProcess(starter.File, $"Write a plan with {Display.Count(starter.Sources.Count, "source")}"))
        {
            return;
        }

        foreach (var note in PlanStarter.Write(starter, Force))
        {
            WriteWarning(note);
        }

        WriteObject(starter);
    }
}
