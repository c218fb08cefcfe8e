using System.Buffers.Binary;
using System.Security.Cryptography;
using DrTools.Compression;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Packs;
using DrTools.Stores;

namespace DrTools.Repositories.Logs;

/// <summary>Writes one log into one repository. Nothing of it is visible before it is whole and durable.</summary>
internal sealed class LogWriter : IAsyncDisposable
{
    private readonly ObjectWriter _object;
    private readonly AesGcm _cipher;
    private readonly byte[] _frame;
    private long _offset;
    private long _length;

    private LogWriter(ObjectWriter writer, AesGcm cipher, byte[] frame) => (_object, _cipher, _frame) = (writer, cipher, frame);

    /// <summary>Bytes written to the store so far.</summary>
    public long StoredLength => _offset;

    /// <param name="repository">Where to.</param>
    /// <param name="name">The log.</param>
    /// <param name="frame">Room for a frame, which several writers may share if they take turns.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async ValueTask<LogWriter> BeginAsync(Repository repository, LogName name, byte[] frame, CancellationToken cancellationToken)
    {
        var salt = RandomNumberGenerator.GetBytes(RepositoryKey.SaltLength);
        var stored = await repository.Store.CreateAsync(name.ObjectName, cancellationToken).ConfigureAwait(false);
        try
        {
            LogFormat.WritePrologue(frame, repository.Id, salt);
            await stored.WriteAsync(frame.AsMemory(0, LogFormat.PrologueLength), cancellationToken).ConfigureAwait(false);
            return new LogWriter(stored, LogFormat.DeriveCipher(repository.Key, salt, name.ObjectName), frame) { _offset = LogFormat.PrologueLength };
        }
        catch
        {
            await stored.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Seals and appends content that has been compressed.</summary>
    public ValueTask AppendAsync(ReadOnlyMemory<byte> compressed, int rawLength, CompressionCodec codec, CancellationToken cancellationToken)
    {
        _length += rawLength;
        return AppendAsync(FrameRole.Log, compressed.Span, rawLength, codec, cancellationToken);
    }

    /// <summary>Ends it, and makes it durable and then visible.</summary>
    /// <returns><see langword="false"/> when there is one of that name already; nothing has changed then.</returns>
    public async ValueTask<bool> CommitAsync(CancellationToken cancellationToken)
    {
        await AppendEndAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _object.CommitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (DrException e) when (e.Error == DrError.ObjectExists)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _cipher.Dispose();
        await _object.DisposeAsync().ConfigureAwait(false);
    }

    private ValueTask AppendEndAsync(CancellationToken cancellationToken)
    {
        Span<byte> end = stackalloc byte[LogFormat.EndContentLength];
        BinaryPrimitives.WriteInt64LittleEndian(end, _length);
        return AppendAsync(FrameRole.LogEnd, end, end.Length, CompressionCodec.None, cancellationToken);
    }

    private ValueTask AppendAsync(FrameRole role, ReadOnlySpan<byte> compressed, int rawLength, CompressionCodec codec, CancellationToken cancellationToken)
    {
        var stored = PackFormat.FrameOverhead + compressed.Length;
        PackFormat.WriteFrameHeader(_frame, role, rawLength, compressed.Length, codec);
        PackFormat.Seal(_cipher, _offset, compressed, _frame.AsSpan(0, stored));

        // Counted before it is written: whatever becomes of the write, no nonce is used twice.
        _offset += stored;
        return _object.WriteAsync(_frame.AsMemory(0, stored), cancellationToken);
    }
}
