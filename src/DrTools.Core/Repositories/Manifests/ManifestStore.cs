using DrTools.Stores;

namespace DrTools.Repositories.Manifests;

/// <summary>A manifest as listed.</summary>
internal readonly record struct ListedManifest(ManifestName Name, StoredObject Stored);

/// <summary>The manifests of a repository. A backup exists if and only if its manifest does.</summary>
internal sealed class ManifestStore(Repository repository)
{
    /// <summary>Every manifest, grouped by source and in the order of their sequence numbers.</summary>
    /// <param name="sourceTag">Only those of this source.</param>
    /// <param name="cancellationToken">Stops the listing.</param>
    /// <param name="refuseOthers">Whether an object whose name is not one of a manifest is an error. Otherwise it is passed
    /// over, so that a stray file keeps nobody from restoring; verification names it.</param>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/> with <paramref name="refuseOthers"/>.</exception>
    public async ValueTask<List<ListedManifest>> ListAsync(string? sourceTag, CancellationToken cancellationToken, bool refuseOthers = false)
    {
        var manifests = new List<ListedManifest>();
        var prefix = sourceTag is null ? ManifestName.Prefix : $"{ManifestName.Prefix}{sourceTag}/";
        await foreach (var stored in repository.Store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            if (ManifestName.TryParse(stored.Name) is { } name)
            {
                manifests.Add(new ListedManifest(name, stored));
            }
            else if (refuseOthers)
            {
                throw new DrException(
                    DrError.IntegrityFailure,
                    $"The object {stored.Name} does not belong among the manifests.",
                    "Find out who put it there, and remove it.")
                { Subject = stored.Name };
            }
        }

        return manifests;
    }

    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/> naming the manifest.</exception>
    public async ValueTask<ManifestRoot> ReadAsync(ListedManifest listed, CancellationToken cancellationToken)
    {
        var content = await repository.OpenAsync(EnvelopeKind.Manifest, listed.Stored, cancellationToken).ConfigureAwait(false);
        try
        {
            return ManifestRoot.Parse(content);
        }
        catch (InvalidDataException e)
        {
            throw new DrException(
                DrError.IntegrityFailure,
                $"The manifest {listed.Stored.Name} is authentic but malformed: {e.Message}",
                "Use the version of DrTools that wrote it, or report the fault.",
                e)
            { Subject = listed.Stored.Name };
        }
    }

    /// <exception cref="DrException"><see cref="DrError.BackupMissing"/> or <see cref="DrError.IntegrityFailure"/>.</exception>
    public async ValueTask<ManifestRoot> ReadAsync(string backupId, CancellationToken cancellationToken)
    {
        var listed = await FindAsync(backupId, cancellationToken).ConfigureAwait(false)
            ?? throw new DrException(
                DrError.BackupMissing,
                $"There is no backup {backupId} in {repository.Location}.",
                "List the backups to see what there is.")
            { Subject = backupId };
        return await ReadAsync(listed, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<ListedManifest?> FindAsync(string backupId, CancellationToken cancellationToken)
    {
        foreach (var listed in await ListAsync(null, cancellationToken).ConfigureAwait(false))
        {
            if (listed.Name.BackupId == backupId)
            {
                return listed;
            }
        }

        return null;
    }

    /// <summary>Makes a backup exist.</summary>
    /// <returns>Size of the manifest in bytes.</returns>
    /// <exception cref="DrException"><see cref="DrError.ObjectExists"/>.</exception>
    public async ValueTask<long> CommitAsync(ManifestName name, ManifestRoot manifest, CancellationToken cancellationToken)
    {
        var objectName = name.ToString();
        var content = repository.Seal(EnvelopeKind.Manifest, objectName, manifest.Serialize());
        return await repository.Store.TryPutAsync(objectName, content, cancellationToken).ConfigureAwait(false)
            ? content.Length
            : throw new DrException(DrError.ObjectExists, $"The backup {manifest.Info.Id} exists already.", "Run the backup again.");
    }
}
