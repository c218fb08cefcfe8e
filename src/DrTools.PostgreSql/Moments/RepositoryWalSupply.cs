using DrTools.PostgreSql.Scratch;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Moments;

/// <summary>Archived files of a cluster from the repository that holds its backups.</summary>
internal sealed class RepositoryWalSupply(Repository repository, ulong systemIdentifier) : IWalSupply
{
    private readonly LogArchive[] _archives = [new LogArchive(repository)];

    public async ValueTask<bool> TryFetchAsync(string name, string destination, CancellationToken cancellationToken) =>
        WalFileName.TryParse(name, out var file)
        && await Task.Run(() => WalGet.Run(_archives, systemIdentifier, file, destination, null), cancellationToken).ConfigureAwait(false);
}
