using DrTools.PostgreSql.Wal;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Scratch;

/// <summary>Archived files as they lie in repositories.</summary>
/// <param name="archives">The repositories, in the order in which they are asked.</param>
/// <param name="systemIdentifier">The cluster.</param>
public sealed class ArchiveWalSupply(IReadOnlyList<LogArchive> archives, ulong systemIdentifier) : IWalSupply
{
    /// <inheritdoc/>
    public async ValueTask<bool> TryFetchAsync(string name, string destination, CancellationToken cancellationToken) =>
        WalFileName.TryParse(name, out var file)
        && await Task.Run(() => WalGet.Run(archives, systemIdentifier, file, destination, null), cancellationToken).ConfigureAwait(false);
}
