using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Physical;

/// <summary>The server's own word on what it has archived: a <c>.done</c> file, or a segment that it has removed since.</summary>
/// <remarks>As <c>XLogArchiveIsBusy</c> in <c>src/backend/access/transam/xlogarchive.c</c>.</remarks>
internal sealed class ServerArchiveStatus(string dataDirectory) : IWalArchiveCheck
{
    private readonly string _wal = Path.Combine(dataDirectory, DataDirectory.WalFolder);

    /// <inheritdoc/>
    public string Name => "the server's archive";

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> FindMissingAsync(ulong systemIdentifier, IReadOnlyList<string> segments, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<string>>([.. segments.Where(IsMissing)]);

    private bool IsMissing(string segment)
    {
        var status = Path.Combine(_wal, "archive_status", segment);
        return !File.Exists(status + ".done") && (File.Exists(status + ".ready") || File.Exists(Path.Combine(_wal, segment)));
    }
}
