using System.Management.Automation;
using DrTools.PowerShell.Completion;

namespace DrTools.PowerShell.Commands;

/// <summary>A cmdlet about the deposits at a location, and the repository that they are for.</summary>
public abstract class DepositInboxCommand : PipedRepositoryCommand
{
    /// <summary>Where hosts deposit: a folder, or a place in a bucket.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Location { get; set; } = string.Empty;

    /// <summary>Only the deposits of this host.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DepositHostCompleter))]
    public string? HostName { get; set; }

    /// <summary>The location, absolute.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when it is no path of a file system.</exception>
    private protected string ResolvedLocation => SessionPath.ResolveLocation(SessionState.Path, Location);
}
