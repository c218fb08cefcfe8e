namespace DrTools.PowerShell.Commands;

/// <summary>A cmdlet over several repositories: its parameter of that name takes more than one.</summary>
public abstract class SeveralRepositoriesCommand : RepositoryCommand
{
    /// <inheritdoc/>
    /// <remarks>No parameter here.</remarks>
    public override RepositoryReference? Repository { get; set; }
}
