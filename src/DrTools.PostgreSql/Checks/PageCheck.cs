using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using DrTools.PostgreSql.Cluster;
using DrTools.PostgreSql.Pages;
using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Checks;

/// <summary>What reading every page of a stopped cluster showed.</summary>
internal sealed record PageCheckResult
{
    /// <summary>Files of relations.</summary>
    public required long Files { get; init; }

    /// <summary>Pages in them.</summary>
    public required long Pages { get; init; }

    /// <summary>Number of pages that are not what the server wrote.</summary>
    public required long DamagedPages { get; init; }

    /// <summary>The first of them, as file and block.</summary>
    public required IReadOnlyList<string> Damaged { get; init; }

    /// <summary>The newest LSN in each relation's main fork, by its path without the number of a segment
    /// (<c>base/5/16384</c>).</summary>
    public required IReadOnlyDictionary<string, Lsn> Newest { get; init; }
}

/// <summary>Reads every page of a stopped cluster, verifies checksums where it has them, and notes how new each relation
/// is.</summary>
internal static class PageCheck
{
    private const int Piece = 1 << 20;
    private const int Named = 20;

    public static PageCheckResult Run(string dataDirectory, int parallelism, CancellationToken cancellationToken)
    {
        var control = ControlFile.Read(dataDirectory);
        long files = 0, pages = 0, damagedPages = 0;
        var damaged = new ConcurrentQueue<string>();
        var newest = new ConcurrentDictionary<string, Lsn>(StringComparer.Ordinal);
        var work = Folders(dataDirectory).SelectMany(folder => Directory.EnumerateFiles(Path.Combine(dataDirectory, folder)).Select(f => (Folder: folder, Name: Path.GetFileName(f))));
        using var buffers = new ThreadLocal<byte[]>(() => GC.AllocateUninitializedArray<byte>(Piece));
        Parallel.ForEach(
            work,
            new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, parallelism), CancellationToken = cancellationToken },
            file =>
            {
                if (!RelationFileName.TryParse(Encoding.UTF8.GetBytes(file.Name), out var relation) || relation.IsTemporary)
                {
                    return;
                }

                var last = default(Lsn);
                using var handle = File.OpenHandle(Path.Combine(dataDirectory, file.Folder, file.Name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                var block = relation.Segment * control.SegmentPages;
                var buffer = buffers.Value!;
                for (long offset = 0; ; offset += Piece)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var read = RandomAccess.Read(handle, buffer, offset);
                    for (var at = 0; at + PageHeader.PageSize <= read; at += PageHeader.PageSize, block++)
                    {
                        var page = buffer.AsSpan(at, PageHeader.PageSize);
                        var state = PageScanner.Judge(page, block, 0, control.HasChecksums);
                        if ((state & PageStates.Damaged) != 0)
                        {
                            Interlocked.Increment(ref damagedPages);
                            if (damaged.Count < Named)
                            {
                                damaged.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{file.Folder}/{file.Name} block {block}"));
                            }
                        }

                        if (relation.Fork == RelationFork.Main && PageHeader.ReadLsn(page) is var lsn && lsn > last.Value)
                        {
                            last = new Lsn(lsn);
                        }
                    }

                    Interlocked.Add(ref pages, read / PageHeader.PageSize);
                    if (read % PageHeader.PageSize != 0)
                    {
                        Interlocked.Increment(ref damagedPages);
                        damaged.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{file.Folder}/{file.Name}, which ends within block {block}"));
                    }

                    if (read < Piece)
                    {
                        break;
                    }
                }

                Interlocked.Increment(ref files);
                if (relation.Fork == RelationFork.Main)
                {
                    newest.AddOrUpdate($"{file.Folder}/{relation.FileNode}", last, (_, other) => other > last ? other : last);
                }
            });
        return new PageCheckResult { Files = files, Pages = pages, DamagedPages = damagedPages, Damaged = [.. damaged.Take(Named)], Newest = newest };
    }

    /// <summary>Folders that hold files of relations, relative to the data directory.</summary>
    private static IEnumerable<string> Folders(string dataDirectory)
    {
        IEnumerable<string> Below(string folder) =>
            Directory.Exists(Path.Combine(dataDirectory, folder))
                ? Directory.EnumerateDirectories(Path.Combine(dataDirectory, folder)).Select(d => $"{folder}/{Path.GetFileName(d)}")
                : [];
        return Below("base").Concat(Below(DataDirectory.TablespaceFolder).SelectMany(Below).SelectMany(Below)).Prepend("global").Where(f => DataDirectory.IsRelationFolder(Encoding.UTF8.GetBytes(f)));
    }
}
