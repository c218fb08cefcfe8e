using System.Management.Automation;

namespace DrTools.PowerShell.Commands;

/// <summary>A cmdlet about repositories themselves, which come first on its command line and through the pipeline.</summary>
public abstract class PipedRepositoryCommand : RepositoryCommand
{
    /// <inheritdoc/>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public override RepositoryReference? Repository { get; set; }
}
