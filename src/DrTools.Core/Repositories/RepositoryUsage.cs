using DrTools.Repositories.Logs;
using DrTools.Repositories.Manifests;
using DrTools.Stores;

namespace DrTools.Repositories;

/// <summary>What an object of a repository is.</summary>
public enum StoredContent
{
    /// <summary>Content of backups, and their manifests.</summary>
    Backups,

    /// <summary>Logs of databases.</summary>
    Logs,

    /// <summary>All else: the header, the journal, pins, results of drills.</summary>
    Records,
}

/// <summary>Room that objects of one kind take.</summary>
/// <param name="Content">What they are.</param>
/// <param name="BackupId">The backup that stored them; <see langword="null"/> for what is not of backups.</param>
/// <param name="StorageClass">The archive class that they lie in, as the store calls it; <see langword="null"/> for objects that
/// can be read at once.</param>
/// <param name="Objects">How many they are.</param>
/// <param name="Bytes">Their size, bytes.</param>
public sealed record StoredShare(StoredContent Content, string? BackupId, string? StorageClass, long Objects, long Bytes);

/// <summary>When the logs of a repository arrived.</summary>
/// <param name="Arrived">When one was stored, by the store's clock, UTC.</param>
/// <param name="Bytes">Its size, bytes.</param>
public readonly record struct ArrivedLog(DateTimeOffset Arrived, long Bytes);

/// <summary>How much room a repository takes, by what its store lists. Nothing is read.</summary>
public sealed record RepositoryUsage
{
    private const string Packs = "packs/";

    /// <summary>The room that is taken, by what takes it.</summary>
    public required IReadOnlyList<StoredShare> Shares { get; init; }

    /// <summary>The logs, in no order.</summary>
    public required IReadOnlyList<ArrivedLog> Logs { get; init; }

    /// <summary>All of it, bytes.</summary>
    public long Bytes => Shares.Sum(s => s.Bytes);

    /// <summary>Lists a repository.</summary>
    /// <exception cref="DrException">What the store says.</exception>
    public static async Task<RepositoryUsage> ReadAsync(Repository repository, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(repository);
        var archived = new Dictionary<string, string>(StringComparer.Ordinal);
        if (repository.Store is IArchivingStore archive)
        {
            await foreach (var listed in archive.ListArchivedAsync(string.Empty, cancellationToken).ConfigureAwait(false))
            {
                archived[listed.Name] = listed.StorageClass;
            }
        }

        var shares = new Dictionary<(StoredContent, string?, string?), (long Objects, long Bytes)>();
        var logs = new List<ArrivedLog>();
        await foreach (var stored in repository.Store.ListAsync(string.Empty, cancellationToken).ConfigureAwait(false))
        {
            var (content, owner) = KindOf(stored.Name);
            var share = (content, owner, archived.GetValueOrDefault(stored.Name));
            var (objects, bytes) = shares.GetValueOrDefault(share);
            shares[share] = (objects + 1, bytes + stored.Length);
            if (content == StoredContent.Logs)
            {
                logs.Add(new ArrivedLog(stored.Created, stored.Length));
            }
        }

        return new RepositoryUsage { Shares = [.. shares.Select(s => new StoredShare(s.Key.Item1, s.Key.Item2, s.Key.Item3, s.Value.Objects, s.Value.Bytes))], Logs = logs };
    }

    private static (StoredContent Content, string? Owner) KindOf(string name) =>
        name.StartsWith(LogName.Prefix, StringComparison.Ordinal) ? (StoredContent.Logs, null)
        : name.StartsWith(Packs, StringComparison.Ordinal) ? (StoredContent.Backups, name.Split('/')[1])
        : ManifestName.TryParse(name) is { } manifest ? (StoredContent.Backups, manifest.BackupId)
        : (StoredContent.Records, null);
}
