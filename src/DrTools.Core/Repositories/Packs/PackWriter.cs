using System.Security.Cryptography;
using DrTools.Compression;
using DrTools.Content;
using DrTools.Repositories.Keys;
using DrTools.Stores;

namespace DrTools.Repositories.Packs;

/// <summary>
/// Writes frames into packs of a backup, one pack after the other. Belongs to one worker at a time.
/// </summary>
internal sealed class PackWriter : IAsyncDisposable
{
    private readonly Repository _repository;
    private readonly PackTable _table;
    private readonly string _backupId;
    private readonly PackKind _kind;
    private readonly FrameCompressor _compressor;
    private readonly byte[] _frame;
    private ObjectWriter? _object;
    private AesGcm? _cipher;
    private PackInfo? _pack;
    private int _packIndex;
    private PackDirectory _directory = new();
    private Task _committing = Task.CompletedTask;

    public PackWriter(Repository repository, PackTable table, string backupId, PackKind kind, int compressionLevel)
    {
        (_repository, _table, _backupId, _kind) = (repository, table, backupId, kind);
        _compressor = new FrameCompressor(compressionLevel);
        _frame = GC.AllocateUninitializedArray<byte>(PackFormat.MaximumFrameLength);
    }

    /// <summary>Bytes of the packs that this writer has completed.</summary>
    public long StoredBytes { get; private set; }

    /// <summary>Number of packs that this writer has completed.</summary>
    public int PackCount { get; private set; }

    /// <summary>Compresses, seals and appends a frame.</summary>
    /// <returns>Where it lies; the pack is durable only after <see cref="CompleteAsync"/>.</returns>
    public async ValueTask<FrameLocation> AppendAsync(FrameBuffer content, CancellationToken cancellationToken)
    {
        if (_pack is null)
        {
            await BeginAsync(cancellationToken).ConfigureAwait(false);
        }

        var offset = _pack!.Length;
        var stored = SealFrame(_frame, FrameRole.Content, offset, content.Content);

        // Counted before it is written: whatever becomes of the write, no nonce is used twice.
        _pack.Length += stored;
        await _object!.WriteAsync(_frame.AsMemory(0, stored), cancellationToken).ConfigureAwait(false);
        _directory.Add(stored, content.Chunks);
        _pack.RawBytes += content.Length;
        var location = new FrameLocation(_packIndex, offset, stored);
        if (_pack.Length >= _repository.Tuning.PackLength || _directory.ChunkCount >= PackFormat.MaximumChunks)
        {
            await EndAsync(cancellationToken).ConfigureAwait(false);
        }

        return location;
    }

    /// <summary>Closes the open pack and waits until every pack of this writer is durable.</summary>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        await EndAsync(cancellationToken).ConfigureAwait(false);
        await _committing.ConfigureAwait(false);
    }

    /// <summary>Gives up what has not been completed.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _committing.ConfigureAwait(false);
        }
        catch (Exception e) when (e is DrException or OperationCanceledException)
        {
            // Whoever called CompleteAsync has seen it; a backup that failed elsewhere reports its own cause.
        }

        _cipher?.Dispose();
        _compressor.Dispose();
        if (_object is not null)
        {
            await _object.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid();
        var salt = RandomNumberGenerator.GetBytes(RepositoryKey.SaltLength);
        var pack = new PackInfo { Id = id, BackupId = _backupId, Kind = _kind, Salt = salt };
        _object = await _repository.Store.CreateAsync(pack.ObjectName, cancellationToken).ConfigureAwait(false);
        await _object.WriteAsync(PackFormat.Prologue(_repository.Id, salt), cancellationToken).ConfigureAwait(false);
        pack.Length = PackFormat.PrologueLength;
        _cipher = PackFormat.DeriveCipher(_repository.Key, salt, id);
        _packIndex = _table.Add(pack);
        _directory = new PackDirectory();
        _pack = pack;
    }

    private async ValueTask EndAsync(CancellationToken cancellationToken)
    {
        if (_pack is null)
        {
            return;
        }

        var content = _directory.Serialize(_kind);
        var frame = new byte[PackFormat.FrameOverhead + FrameCompressor.MaximumLength(content.Length)];
        var stored = SealFrame(frame, FrameRole.Directory, _pack.Length, content);
        var directoryOffset = _pack.Length;
        await _object!.WriteAsync(frame.AsMemory(0, stored), cancellationToken).ConfigureAwait(false);
        await _object.WriteAsync(PackFormat.Trailer(directoryOffset, stored), cancellationToken).ConfigureAwait(false);
        _pack.Length += stored + PackFormat.TrailerLength;
        StoredBytes += _pack.Length;
        PackCount++;

        // One pack becomes durable while the next is filled; more than one would only queue up behind the disk.
        await _committing.ConfigureAwait(false);
        _committing = CommitAsync(_object, cancellationToken);
        _object = null;
        _pack = null;
        _cipher!.Dispose();
        _cipher = null;
    }

    private static async Task CommitAsync(ObjectWriter pack, CancellationToken cancellationToken)
    {
        await using (pack.ConfigureAwait(false))
        {
            await pack.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private int SealFrame(Span<byte> frame, FrameRole role, long offset, ReadOnlySpan<byte> content)
    {
        var compressed = _compressor.Compress(content, frame[PackFormat.FrameHeaderLength..^PackFormat.TagLength], out var codec);
        var stored = PackFormat.FrameOverhead + compressed;
        PackFormat.WriteFrameHeader(frame, role, content.Length, compressed, codec);
        PackFormat.SealInPlace(_cipher!, offset, frame[..stored]);
        return stored;
    }
}
