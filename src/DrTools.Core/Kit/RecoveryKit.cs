using DrTools.Repositories;
using DrTools.Stores;

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
    /// <exception cref="DrException"><see cref="DrError.TargetNotEmpty"/> or <see cref="DrError.TargetFailure"/>.</exception>
    public async Task<RecoveryKitResult> ExportAsync(string folder, string? program, CancellationToken cancellationToken)
    {
        folder = Path.GetFullPath(folder);
        try
        {
            if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
            {
                throw new DrException(DrError.TargetNotEmpty, $"{folder} is not empty.", "Name a new or empty folder.") { Subject = folder };
            }

            var files = new List<string>();
            Directory.CreateDirectory(Path.Combine(folder, "header"));
            foreach (var stored in await repository.Store.ListAllAsync(RepositoryHeader.Prefix, cancellationToken).ConfigureAwait(false))
            {
                await File.WriteAllBytesAsync(Path.Combine(folder, stored.Name), await repository.Store.ReadAllAsync(stored, RepositoryHeader.MaximumLength, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
                files.Add(stored.Name);
            }

            var hasProgram = program is not null && Directory.Exists(program);
            if (hasProgram)
            {
                files.AddRange(CopyProgram(program!, folder, cancellationToken));
            }

            var needed = AlsoNeeded();
            await File.WriteAllTextAsync(
                Path.Combine(folder, "RECOVERY.md"),
                KitInstructions.Write(repository, repository.Time.GetUtcNow(), needed, hasProgram),
                cancellationToken).ConfigureAwait(false);
            files.Add("RECOVERY.md");
            return new RecoveryKitResult
            {
                Folder = folder,
                Repository = repository.Location,
                RepositoryId = repository.Id,
                Files = files,
                AlsoNeeded = needed,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DrException(DrError.TargetFailure, $"The kit cannot be written to {folder}: {e.Message}", "Check the folder, its permissions and its free space.", e) { Subject = folder };
        }
    }

    private static IEnumerable<string> CopyProgram(string program, string folder, CancellationToken cancellationToken)
    {
        foreach (var path in Directory.EnumerateFiles(program, "*", SearchOption.AllDirectories).Where(p => !p.EndsWith(".pdb", StringComparison.Ordinal)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var relative = Path.Combine("drtools", Path.GetRelativePath(program, path));
            var copy = Path.Combine(folder, relative);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
            yield return relative;
        }
    }

    private string AlsoNeeded() => repository.Header.KeySlots switch
    {
        [{ Kind: "passphrase" }] => "the passphrase, which is nowhere in this kit",
        [{ Kind: "key-file" }] => "the key file, which is not in this kit",
        [{ Kind: "kms" } slot] => $"credentials that may decrypt with the KMS key {slot.Service}, which are not in this kit; without that key nothing opens the repository, so add a passphrase too (drtools key add)",
        _ when repository.Header.KeySlots.Any(s => s.Kind == "kms") => $"a passphrase or key file that opens the repository, or credentials that may decrypt with the KMS key {repository.Header.KeySlots.First(s => s.Kind == "kms").Service}; none of them is in this kit",
        _ when repository.IsEncrypted => "a passphrase or key file that opens the repository, none of which is in this kit",
        _ => "nothing: the repository is not encrypted, and whoever has this kit and the repository can read it",
    };
}
