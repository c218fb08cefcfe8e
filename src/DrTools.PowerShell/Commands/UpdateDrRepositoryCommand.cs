using System.Management.Automation;
using DrTools.Repositories;

namespace DrTools.PowerShell.Commands;

/// <summary>Raises the format of a repository to the newest version.</summary>
[Cmdlet(VerbsData.Update, "DrRepository", SupportsShouldProcess = true)]
[OutputType(typeof(DrRepository))]
public sealed class UpdateDrRepositoryCommand : PipedRepositoryCommand
{
    /// <summary>Returns the repository.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var repository = OpenRepository();
        var before = repository.FormatVersion;
        if (before >= RepositoryFactory.NewestFormatVersion)
        {
            WriteVerbose($"{repository} has format {before} already, the newest that this module knows.");
        }
        else if (ShouldProcess(repository.Location, $"Raise its format from version {before} to {RepositoryFactory.NewestFormatVersion}; programs that do not know that refuse it then"))
        {
            Await(stop => RepositoryFactory.UpgradeAsync(repository.Opened, stop).AsTask());
            WriteVerbose($"{repository} now has format {repository.FormatVersion}.");
        }
        else
        {
            return;
        }

        if (PassThru)
        {
            WriteObject(HandOut(repository));
        }
    }
}
