using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Wal;

/// <summary>WAL that is archived in a repository.</summary>
public sealed class RepositoryWal(LogArchive archive) : IWalArchiveCheck
{
    /// <inheritdoc/>
    public string Name => $"the repository {archive.Repository.Location}";

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> FindMissingAsync(ulong systemIdentifier, IReadOnlyList<string> segments, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(segments);
        var missing = new List<string>();
        foreach (var segment in segments)
        {
            if (!WalFileName.TryParse(segment, out var name)
                || !await archive.ExistsAsync(WalCluster.LogOf(systemIdentifier, name), cancellationToken).ConfigureAwait(false))
            {
                missing.Add(segment);
            }
        }

        return missing;
    }

    /// <summary>Whether any WAL of a cluster is in the archive.</summary>
    public async ValueTask<bool> HoldsAsync(ulong systemIdentifier, CancellationToken cancellationToken)
    {
        await foreach (var _ in archive.ListAsync(WalCluster.SeriesOf(systemIdentifier), cancellationToken).ConfigureAwait(false))
        {
            return true;
        }

        return false;
    }
}
