namespace DrTools.PowerShell;

/// <summary>The repository that a user names: one that is open, or a location. PowerShell converts both.</summary>
public sealed class RepositoryReference
{
    /// <summary>A repository that is open.</summary>
    public RepositoryReference(DrRepository repository)
    {
        ArgumentNullException.ThrowIfNull(repository);
        (Repository, Location) = (repository, repository.Location);
    }

    /// <summary>A location; the repository is opened when it is needed.</summary>
    public RepositoryReference(string location) => Location = location;

    /// <summary>A folder.</summary>
    public RepositoryReference(DirectoryInfo folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        Location = folder.FullName;
    }

    /// <summary>The repository, when it is open.</summary>
    public DrRepository? Repository { get; }

    /// <summary>Where it is.</summary>
    public string Location { get; }

    /// <summary>Its location.</summary>
    public override string ToString() => Location;
}
