using DrTools.Stores;

namespace DrTools.Repositories.Manifests;

/// <summary>A manifest as listed.</summary>
internal readonly record struct ListedManifest(ManifestName Name, StoredObject Stored);

/// <summary>The manifests of a repository. A backup exists if and only if its manifest does.</summary>
internal sealed class ManifestStore(Repository repository)
{
    /// <summary>Every manifest, grouped by source and in the order of their sequence numbers.</summary>
    /// <remarks>What is no manifest by its name is passed over: a stray file must not stand in the way of a restore.
    /// Verification names it.</remarks>
    /// <param name="sourceTag">Only those of this source.</param>
    /// <param name="cancellationToken">Stops the listing.</param>
    public ValueTask<List<ListedManifest>> ListAsync(string? sourceTag, CancellationToken cancellationToken) =>
        ListAsync(sourceTag, refuseStrays: false, cancellationToken);

    /// <summary>Every manifest, for whoever removes what none refers to: what may be a manifest under a wrong name must
    /// then be cleared up first.</summary>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/> when a name is not one of a manifest.</exception>
    public ValueTask<List<ListedManifest>> ListStrictlyAsync(CancellationToken cancellationToken) =>
        ListAsync(null, refuseStrays: true, cancellationToken);

    private async ValueTask<List<ListedManifest>> ListAsync(string? sourceTag, bool refuseStrays, CancellationToken cancellationToken)
    {
        var manifests = new List<ListedManifest>();
        var prefix = sourceTag is null ? ManifestName.Prefix : $"{ManifestName.Prefix}{sourceTag}/";
        await foreach (var stored in repository.Store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            if (ManifestName.TryParse(stored.Name) is { } name)
            {
                manifests.Add(new ListedManifest(name, stored));
            }
            else if (refuseStrays)
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
            var manifest = ManifestRoot.Parse(content);
            return listed.Name == NameOf(manifest)
                ? manifest
                : throw new InvalidDataException("It does not describe the backup that its name says.");
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
    public async ValueTask<long> CommitAsync(ManifestRoot manifest, CancellationToken cancellationToken)
    {
        var objectName = NameOf(manifest).ToString();
        var content = repository.Seal(EnvelopeKind.Manifest, objectName, manifest.Serialize());
        return await repository.Store.TryPutAsync(objectName, content, cancellationToken).ConfigureAwait(false)
            ? content.Length
            : throw new DrException(DrError.ObjectExists, $"The backup {manifest.Info.Id} exists already.", "Run the backup again.");
    }

    /// <summary>The number of the next backup of a source.</summary>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/>: there is none left. A name under which no
    /// reader would find the manifest must never be taken.</exception>
    public static long NextSequence(IReadOnlyList<ListedManifest> manifests) => manifests switch
    {
        [] => 1,
        [.., var last] when last.Name.Sequence < ManifestName.MaximumSequence => last.Name.Sequence + 1,
        [.., var last] => throw new DrException(
            DrError.IntegrityFailure,
            $"No backup can follow {last.Stored.Name}: there is no higher number.",
            "Run a verification; if that object is damaged, find out who put it there, and remove it.")
        { Subject = last.Stored.Name },
    };

    public ManifestName NameOf(ManifestRoot manifest) => new(
        ManifestName.TagOf(repository.Key, manifest.Info.Host, manifest.Info.Source),
        manifest.Info.Sequence,
        manifest.Info.Type,
        manifest.Info.Id);
}
