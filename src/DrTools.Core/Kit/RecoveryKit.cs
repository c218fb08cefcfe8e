using DrTools.Repositories;

namespace DrTools.Kit;

/// <summary>A recovery kit as written.</summary>
public sealed record RecoveryKitResult
{
    /// <summary>The folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The repository that it opens.</summary>
    public required string Repository { get; init; }

    /// <summary>Its identity.</summary>
    public required Guid RepositoryId { get; init; }

    /// <summary>The files in it, relative to the folder.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>What else is needed to recover, in words (the passphrase or key file, say).</summary>
    public required string AlsoNeeded { get; init; }
}

/// <summary>Writes what is needed to recover without this host: the wrapped key, the location, instructions, the program.</summary>
public sealed class RecoveryKit(Repository repository)
{
    /// <summary>Writes a kit into a new or empty folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="program">Folder of the <c>drtools</c> program to include, if it is known.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<RecoveryKitResult> ExportAsync(string folder, string? program, CancellationToken cancellationToken) => throw new NotImplementedException(repository.Location);
}
