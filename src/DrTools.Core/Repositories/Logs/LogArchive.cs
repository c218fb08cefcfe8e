using DrTools.Compression;
using DrTools.Repositories.Packs;

namespace DrTools.Repositories.Logs;

/// <summary>
/// The logs of database servers in a repository: sealed, compressed, and written once. A log is there with all of its
/// content or not at all, and nothing ever takes the place of one that is there.
/// </summary>
public sealed class LogArchive
{
    /// <summary>Zstandard's level for logs.</summary>
    public const int DefaultLevel = 3;

    /// <summary>The format version that can hold logs.</summary>
    public const int FormatVersion = 2;

    /// <summary>The archive in a repository.</summary>
    public LogArchive(Repository repository) => Repository = repository;

    /// <summary>The repository.</summary>
    public Repository Repository { get; }

    /// <summary>Stores a log durably.</summary>
    /// <exception cref="DrException"><see cref="DrError.LogConflict"/> when another one is there under this name, or what
    /// the store says.</exception>
    public async ValueTask<LogPutResult> PutAsync(LogName name, LogContent content, CancellationToken cancellationToken)
    {
        var results = await PutAsync([this], name, content, DefaultLevel, cancellationToken).ConfigureAwait(false);
        return results[0].Error is { } error ? throw error : results[0];
    }

    /// <summary>Stores a log in several repositories, reading and compressing it once. That one repository fails keeps no
    /// other from getting it.</summary>
    /// <param name="archives">The repositories.</param>
    /// <param name="name">The log.</param>
    /// <param name="content">What it holds.</param>
    /// <param name="level">Zstandard's level.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What became of it in each, in their order.</returns>
    /// <exception cref="DrException">The content cannot be read; nothing has been stored then.</exception>
    public static async ValueTask<IReadOnlyList<LogPutResult>> PutAsync(
        IReadOnlyList<LogArchive> archives, LogName name, LogContent content, int level, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(archives);
        ArgumentNullException.ThrowIfNull(content);
        var targets = new LogTarget[archives.Count];
        for (var i = 0; i < targets.Length; i++)
        {
            targets[i] = new LogTarget(archives[i].Repository, name);
        }

        try
        {
            var frame = GC.AllocateUninitializedArray<byte>(PackFormat.MaximumFrameLength);
            foreach (var target in targets)
            {
                await target.BeginAsync(frame, cancellationToken).ConfigureAwait(false);
            }

            await CopyAsync(targets, content, level, cancellationToken).ConfigureAwait(false);
            foreach (var target in targets)
            {
                await target.CommitAsync(content, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            foreach (var target in targets)
            {
                await target.DisposeAsync().ConfigureAwait(false);
            }
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
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns><see langword="false"/> when there is no such log.</returns>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/>, or what the store says.</exception>
    public async ValueTask<bool> TryReadAsync(LogName name, Action<ReadOnlyMemory<byte>> write, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var reader = new LogReader(Repository, name);
        ReadOnlyMemory<byte> piece;
        try
        {
            piece = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (DrException e) when (e.Error == DrError.ObjectMissing)
        {
            return false;
        }

        while (!piece.IsEmpty)
        {
            write(piece);
            piece = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Reads a small log into memory; <see langword="null"/> when there is none.</summary>
    /// <exception cref="DrException">As <see cref="TryReadAsync"/>.</exception>
    public async ValueTask<byte[]?> TryReadAllAsync(LogName name, CancellationToken cancellationToken)
    {
        var content = new MemoryStream();
        return await TryReadAsync(name, piece => content.Write(piece.Span), cancellationToken).ConfigureAwait(false) ? content.ToArray() : null;
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
    public async IAsyncEnumerable<StoredLog> ListAsync(string? series, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var prefix = series is null ? LogName.Prefix : $"{LogName.Prefix}{series}/";
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

    private static async ValueTask CopyAsync(LogTarget[] targets, LogContent content, int level, CancellationToken cancellationToken)
    {
        var piece = GC.AllocateUninitializedArray<byte>(PackFormat.MaximumFrameContent);
        var compressed = GC.AllocateUninitializedArray<byte>(FrameCompressor.MaximumLength(piece.Length));
        using var compressor = new FrameCompressor(level);
        var length = content.Length;
        for (long offset = 0; offset < length;)
        {
            var read = content.Read(offset, piece.AsSpan(0, (int)Math.Min(piece.Length, length - offset)));
            if (read == 0)
            {
                throw new DrException(DrError.SourceFailure, $"The content of a log became shorter while it was read: {offset} instead of {length} bytes.", "Run it again.");
            }

            var stored = compressor.Compress(piece.AsSpan(0, read), compressed, out var codec);
            foreach (var target in targets)
            {
                await target.AppendAsync(compressed.AsMemory(0, stored), read, codec, cancellationToken).ConfigureAwait(false);
            }

            offset += read;
        }
    }
}
