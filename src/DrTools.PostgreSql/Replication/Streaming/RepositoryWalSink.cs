using System.Globalization;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories.Logs;

namespace DrTools.PostgreSql.Replication.Streaming;

/// <summary>Received WAL goes to repositories; it is archived when every one of them has it.</summary>
public sealed class RepositoryWalSink : IWalSegmentSink
{
    private readonly IReadOnlyList<LogArchive> _archives;

    /// <summary>A sink over repositories.</summary>
    /// <param name="archives">The repositories; at least one.</param>
    public RepositoryWalSink(IReadOnlyList<LogArchive> archives)
    {
        ArgumentNullException.ThrowIfNull(archives);
        ArgumentOutOfRangeException.ThrowIfZero(archives.Count, nameof(archives));
        _archives = archives;
    }

    /// <inheritdoc/>
    /// <remarks>Of several repositories the one that is behind counts; what the others have already is the same.</remarks>
    public async ValueTask<IReadOnlyDictionary<uint, string>> FindLastSegmentsAsync(string systemIdentifier, CancellationToken cancellationToken)
    {
        Dictionary<uint, string>? everywhere = null;
        foreach (var archive in _archives)
        {
            var last = new Dictionary<uint, string>();
            await foreach (var log in archive.ListAsync(WalCluster.SeriesOf(Number(systemIdentifier)), cancellationToken).ConfigureAwait(false))
            {
                if (WalFileName.TryParse(log.Name.Name, out var file) && file.Kind == WalFileKind.Segment
                    && (!last.TryGetValue(file.Timeline, out var known) || string.CompareOrdinal(known, file.Text) < 0))
                {
                    last[file.Timeline] = file.Text;
                }
            }

            everywhere = everywhere is null
                ? last
                : everywhere.Where(t => last.ContainsKey(t.Key))
                    .ToDictionary(t => t.Key, t => string.CompareOrdinal(t.Value, last[t.Key]) < 0 ? t.Value : last[t.Key]);
        }

        return everywhere!;
    }

    /// <inheritdoc/>
    /// <exception cref="DrException">A repository failed; the others may have it.</exception>
    public async ValueTask StoreAsync(string systemIdentifier, string name, string path, CancellationToken cancellationToken)
    {
        if (!WalFileName.TryParse(name, out var file))
        {
            throw new ArgumentException($"\"{name}\" is not the name of a file that is archived.", nameof(name));
        }

        var results = await Task.Run(
            () =>
            {
                using var content = LogContent.FromFile(path);
                return LogArchive.Put(_archives, WalCluster.LogOf(Number(systemIdentifier), file), content);
            },
            cancellationToken).ConfigureAwait(false);

        // What cannot be put right by trying again is said first.
        var failures = WalPush.Explain(results, file).Select(r => r.Error).OfType<DrException>().ToList();
        if (failures.Count > 0)
        {
            throw failures.Find(f => f.Error == DrError.LogConflict) ?? failures[0];
        }
    }

    private static ulong Number(string systemIdentifier) => ulong.Parse(systemIdentifier, NumberStyles.None, CultureInfo.InvariantCulture);
}
