using System.Buffers;
using DrTools.Compression;
using DrTools.Repositories.Packs;

namespace DrTools.Repositories.Logs;

/// <summary>
/// The logs of database servers in a repository: sealed, compressed, and written once. A log is there with all of its
/// content or not at all, and nothing ever takes the place of one that is there. Calls work on the caller's thread: a
/// program that is started for every segment has no time for another.
/// </summary>
public sealed class LogArchive
{
    /// <summary>Zstandard's level for logs.</summary>
    public const int DefaultLevel = 3;

    /// <summary>WAL is full of repetitions close by. With these tables it takes a quarter less time at level 3, and from 0.7 % less
    /// (pages) to 1.8 % more (text) room.</summary>
    private const int TableLog = 15;

    /// <summary>The format version that can hold logs.</summary>
    public const int FormatVersion = 2;

    /// <summary>The archive in a repository.</summary>
    public LogArchive(Repository repository)
    {
        ArgumentNullException.ThrowIfNull(repository);
        Repository = repository;
    }

    /// <summary>The repository.</summary>
    public Repository Repository { get; }

    /// <summary>Stores a log durably.</summary>
    /// <exception cref="DrException"><see cref="DrError.LogConflict"/> when another one is there under this name, or what
    /// the store says.</exception>
    public LogPutResult Put(LogName name, LogContent content)
    {
        var result = Put([this], name, content)[0];
        return result.Error is { } error ? throw error : result;
    }

    /// <summary>Stores a log in several repositories, reading and compressing it once. That one repository fails keeps no
    /// other from getting it.</summary>
    /// <param name="archives">The repositories.</param>
    /// <param name="name">The log.</param>
    /// <param name="content">What it holds.</param>
    /// <param name="level">Zstandard's level.</param>
    /// <returns>What became of it in each, in their order.</returns>
    /// <exception cref="DrException">The content cannot be read; nothing has been stored then.</exception>
    public static LogPutResult[] Put(IReadOnlyList<LogArchive> archives, LogName name, LogContent content, int level = DefaultLevel)
    {
        ArgumentNullException.ThrowIfNull(archives);
        ArgumentNullException.ThrowIfNull(content);
        var targets = new LogTarget[archives.Count];
        for (var i = 0; i < targets.Length; i++)
        {
            // A program that knows no logs would take them for strays, so the format says that there are some.
            archives[i].Repository.RequireFormat(FormatVersion, "A log archive");
            targets[i] = new LogTarget(archives[i].Repository, name);
        }

        // Pooled: a process that stores many would fetch new memory for each.
        var frame = ArrayPool<byte>.Shared.Rent(PackFormat.MaximumFrameLength);
        try
        {
            foreach (var target in targets)
            {
                target.Begin(frame);
            }

            Copy(targets, content, level);
            foreach (var target in targets)
            {
                target.Commit(content);
            }
        }
        finally
        {
            foreach (var target in targets)
            {
                target.Dispose();
            }

            ArrayPool<byte>.Shared.Return(frame);
        }

        var results = new LogPutResult[targets.Length];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = targets[i].Result;
        }

        return results;
    }

    /// <summary>Reads a log, authenticating all of it.</summary>
    /// <param name="name">The log.</param>
    /// <param name="write">Takes the content piece by piece, in order. It is all of it only when this method has returned
    /// <see langword="true"/>.</param>
    /// <returns><see langword="false"/> when there is no such log.</returns>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/>, or what the store says.</exception>
    public bool TryRead(LogName name, LogPiece write)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var reader = new LogReader(Repository, name);
        ReadOnlySpan<byte> piece;
        try
        {
            piece = reader.Read();
        }
        catch (DrException e) when (e.Error == DrError.ObjectMissing)
        {
            return false;
        }

        while (!piece.IsEmpty)
        {
            write(piece);
            piece = reader.Read();
        }

        return true;
    }

    /// <summary>Reads a small log into memory; <see langword="null"/> when there is none.</summary>
    /// <exception cref="DrException">As <see cref="TryRead"/>.</exception>
    public byte[]? TryReadAll(LogName name)
    {
        var content = new MemoryStream();
        return TryRead(name, content.Write) ? content.ToArray() : null;
    }

    /// <summary>Whether a log is there. Nothing of it is authenticated.</summary>
    /// <exception cref="DrException">What the store says.</exception>
    public async ValueTask<bool> ExistsAsync(LogName name, CancellationToken cancellationToken)
    {
        try
        {
            return await Repository.Store.ReadAsync(name.ObjectName, 0, new byte[1], cancellationToken).ConfigureAwait(false) > 0;
        }
        catch (DrException e) when (e.Error == DrError.ObjectMissing)
        {
            return false;
        }
    }

    /// <summary>Lists logs in the order of their names.</summary>
    /// <param name="series">Only those of one series; of all when <see langword="null"/>.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public IAsyncEnumerable<StoredLog> ListAsync(string? series, CancellationToken cancellationToken) =>
        ListPrefixAsync(series is null ? LogName.Prefix : $"{LogName.Prefix}{series}/", cancellationToken);

    /// <summary>Lists the logs of one stream.</summary>
    public IAsyncEnumerable<StoredLog> ListAsync(string series, string stream, CancellationToken cancellationToken) =>
        ListPrefixAsync($"{LogName.Prefix}{series}/{stream}/", cancellationToken);

    private async IAsyncEnumerable<StoredLog> ListPrefixAsync(string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var stored in Repository.Store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            if (LogName.TryParse(stored.Name, out var name))
            {
                yield return new StoredLog(name, stored.Length, stored.Created);
            }
        }
    }

    /// <summary>Removes a log. Only expiry does that.</summary>
    /// <returns><see langword="false"/> when there was none.</returns>
    internal ValueTask<bool> DeleteAsync(LogName name, CancellationToken cancellationToken) =>
        Repository.Store.DeleteAsync(name.ObjectName, cancellationToken);

    private static void Copy(LogTarget[] targets, LogContent content, int level)
    {
        const int most = PackFormat.MaximumFrameContent;
        var piece = ArrayPool<byte>.Shared.Rent(most);
        var compressed = ArrayPool<byte>.Shared.Rent(FrameCompressor.MaximumLength(most));
        try
        {
            using var compressor = new FrameCompressor(level, tableLog: TableLog);
            var length = content.Length;
            for (long offset = 0; offset < length;)
            {
                var read = content.Read(offset, piece.AsSpan(0, (int)Math.Min(most, length - offset)));
                if (read == 0)
                {
                    throw new DrException(DrError.SourceFailure, $"The content of a log became shorter while it was read: {offset} instead of {length} bytes.", "Run it again.");
                }

                var stored = compressor.Compress(piece.AsSpan(0, read), compressed, out var codec);
                foreach (var target in targets)
                {
                    target.Append(compressed.AsSpan(0, stored), read, codec);
                }

                offset += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
            ArrayPool<byte>.Shared.Return(compressed);
        }
    }
}

/// <summary>Takes a piece of a log's content, which is valid only during the call.</summary>
public delegate void LogPiece(ReadOnlySpan<byte> piece);
