using DrTools.Repositories;
using DrTools.Repositories.Manifests;

namespace DrTools.Backup;

/// <summary>Which backups to list.</summary>
public sealed record BackupFilter
{
    /// <summary>Only of this source (<c>files:/etc</c>; what <see cref="Sources.ISource.Name"/> says).</summary>
    public string? Source { get; init; }

    /// <summary>Only of this host.</summary>
    public string? Host { get; init; }

    /// <summary>Only of this type.</summary>
    public BackupType? Type { get; init; }

    /// <summary>Only those started at or after this time.</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>Only those started before this time.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Only the newest of each source.</summary>
    public bool Latest { get; init; }
}

/// <summary>The backups of a repository.</summary>
public sealed class BackupCatalog(Repository repository)
{
    /// <summary>Manifests of a store that is far away are read so many at a time: each waits for the way there and back.</summary>
    private const int ManifestsAtOnce = 16;

    /// <summary>Lists backups, the oldest of each source first.</summary>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/> naming a manifest that is damaged. With
    /// <paramref name="damaged"/> given, the damaged ones go there instead and the others are listed.</exception>
    public async ValueTask<IReadOnlyList<BackupInfo>> ListAsync(BackupFilter filter, CancellationToken cancellationToken, Action<DrException>? damaged = null)
    {
        var pins = await repository.Pins.ListAsync(cancellationToken).ConfigureAwait(false);
        var backups = new List<BackupInfo>();
        foreach (var (info, damage) in await ReadAsync(await repository.Manifests.ListAsync(null, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false))
        {
            if (damage is not null)
            {
                if (damaged is null)
                {
                    throw damage;
                }

                damaged(damage);
                continue;
            }

            if (info is null)
            {
                continue;
            }

            if ((filter.Source is null || info.Source == filter.Source)
                && (filter.Host is null || info.Host == filter.Host)
                && (filter.Type is null || info.Type == filter.Type)
                && (filter.After is null || info.Started >= filter.After)
                && (filter.Before is null || info.Started < filter.Before))
            {
                backups.Add(pins.TryGetValue(info.Id, out var pin) ? info with { IsPinned = true, PinReason = pin.Reason } : info);
            }
        }

        var ordered = backups.OrderBy(b => b.Source, StringComparer.Ordinal).ThenBy(b => b.Host, StringComparer.Ordinal).ThenBy(b => b.Sequence);
        return filter.Latest
            ? [.. ordered.GroupBy(b => (b.Source, b.Host)).Select(g => g.Last())]
            : [.. ordered];
    }

    /// <summary>What each manifest says of its backup, or what is wrong with it; neither of one that has just gone.</summary>
    private async ValueTask<(BackupInfo? Info, DrException? Damage)[]> ReadAsync(List<ListedManifest> manifests, CancellationToken cancellationToken)
    {
        var cache = BackupCache.Of(repository);
        var read = new (BackupInfo?, DrException?)[manifests.Count];
        await Parallel.ForAsync(
            0,
            manifests.Count,
            new ParallelOptions { MaxDegreeOfParallelism = repository.Store.IsRemote ? ManifestsAtOnce : 1, CancellationToken = cancellationToken },
            async (i, stop) =>
            {
                try
                {
                    if (cache?.Find(manifests[i]) is not { } info)
                    {
                        info = (await repository.Manifests.ReadAsync(manifests[i], stop).ConfigureAwait(false)).Info;
                        cache?.Keep(manifests[i], info);
                    }

                    read[i] = (info, null);
                }
                catch (DrException e) when (e.Error == DrError.ObjectMissing)
                {
                    read[i] = default;
                }
                catch (DrException e) when (e.Error == DrError.IntegrityFailure)
                {
                    read[i] = (null, e);
                }
            }).ConfigureAwait(false);
        cache?.Forget(manifests);
        return read;
    }

    /// <summary>Finds one backup.</summary>
    /// <param name="reference"><c>latest</c>, an id, or the beginning or end of one that no other shares.</param>
    /// <param name="source">The source, where <c>latest</c> would not say which.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <exception cref="DrException"><see cref="DrError.BackupMissing"/> or, when several match,
    /// <see cref="DrError.BadUsage"/>.</exception>
    public async ValueTask<BackupInfo> FindAsync(string reference, string? source, CancellationToken cancellationToken)
    {
        DrException? skipped = null;
        var backups = await ListAsync(new BackupFilter { Source = source }, cancellationToken, e => skipped ??= e).ConfigureAwait(false);
        var matches = reference.Equals("latest", StringComparison.OrdinalIgnoreCase)
            ? [.. backups.GroupBy(b => (b.Source, b.Host)).Select(g => g.Last())]
            : backups.Where(b => b.Id == reference).ToList() is [var exact] ? [exact]
            : backups.Where(b => b.Id.StartsWith(reference, StringComparison.OrdinalIgnoreCase) || b.Id.EndsWith(reference, StringComparison.OrdinalIgnoreCase)).ToList();
        return matches switch
        {
            [var one] => one,
            [] when skipped is not null => throw skipped,
            [] => throw new DrException(
                DrError.BackupMissing,
                source is null ? $"No backup in {repository.Location} matches '{reference}'." : $"No backup of {source} in {repository.Location} matches '{reference}'.",
                backups.Count == 0 ? "There is none at all yet: take one first." : "List the backups to see what there is (drtools list, Get-DrBackup)."),
            _ => throw new DrException(
                DrError.BadUsage,
                $"'{reference}' matches {matches.Count} backups: {string.Join(", ", matches.Take(5).Select(m => $"{m.Id} ({m.Source})"))}{(matches.Count > 5 ? ", …" : string.Empty)}.",
                "Name the source, or give more of the id."),
        };
    }

    /// <summary>Protects a backup from removal.</summary>
    /// <returns><see langword="false"/> when it was protected already.</returns>
    public ValueTask<bool> PinAsync(BackupInfo backup, string? reason, CancellationToken cancellationToken) =>
        repository.Pins.PinAsync(backup.Id, reason, cancellationToken);

    /// <summary>Lets a backup be removed again.</summary>
    /// <returns><see langword="false"/> when it was not protected.</returns>
    public ValueTask<bool> UnpinAsync(BackupInfo backup, CancellationToken cancellationToken) =>
        repository.Pins.UnpinAsync(backup.Id, cancellationToken);
}
