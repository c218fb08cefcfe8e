using DrTools.Repositories.Keys;

namespace DrTools.Repositories;

// What is declared of where a repository is.
public sealed partial class RepositoryFactory
{
    /// <summary>Creates a repository at a location that holds none.</summary>
    /// <param name="location">A folder; it is created where it is missing.</param>
    /// <param name="credential">What shall open it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.RepositoryExists"/>, or what the store says.</exception>
    public ValueTask<Repository> CreateAsync(string location, RepositoryCredential credential, CancellationToken cancellationToken) =>
        CreateAsync(location, credential, RepositoryPlace.Undeclared, cancellationToken);

    /// <summary>Declares on what medium and at which site an opened repository is.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="place">What is declared; nothing of what was declared before stays.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.ObjectExists"/> when somebody else replaced the header meanwhile.</exception>
    public static ValueTask DeclareAsync(Repository repository, RepositoryPlace place, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(place);
        return repository.Place == place
            ? ValueTask.CompletedTask
            : ReplaceHeaderAsync(repository, repository.Header with { Medium = place.Medium, Site = place.Site }, ReplacedMeanwhile, cancellationToken);
    }
}
