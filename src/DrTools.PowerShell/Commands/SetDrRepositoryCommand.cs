using System.Management.Automation;
using DrTools.Repositories;

namespace DrTools.PowerShell.Commands;

/// <summary>Declares on what medium and at which site a repository is.</summary>
[Cmdlet(VerbsCommon.Set, "DrRepository", SupportsShouldProcess = true)]
[OutputType(typeof(DrRepository))]
public sealed class SetDrRepositoryCommand : PipedRepositoryCommand
{
    /// <summary>On what kind of medium it is: disk, tape, object, …; as it was if not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Medium { get; set; }

    /// <summary>At which site it is; as it was if not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Site { get; set; }

    /// <summary>Returns the repository.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var repository = OpenRepository();
        var place = new RepositoryPlace(Medium ?? repository.Medium, Site ?? repository.Site);
        if (ShouldProcess(repository.Location, $"Declare that it is on {place.Medium ?? "an undeclared medium"}, at {place.Site ?? "an undeclared site"}"))
        {
            Await(async stop =>
            {
                await RepositoryFactory.DeclareAsync(repository.Opened, place, stop).ConfigureAwait(false);
                return true;
            });
        }

        if (PassThru)
        {
            WriteObject(HandOut(repository));
        }
    }
}
