using System.Buffers.Binary;
using DrTools.Compression;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Packs;
using DrTools.Stores;

namespace DrTools.Repositories.Logs;

/// <summary>Writes one log into one repository. Nothing of it is visible before it is whole and durable.</summary>
internal sealed class LogWriter : IDisposable
{
    private readonly ObjectWriter _object;
    private readonly SealCipher _cipher;
    private readonly byte[] _frame;
    private long _offset;
    private long _length;

    private LogWriter(ObjectWriter writer, SealCipher cipher, byte[] frame) => (_object, _cipher, _frame) = (writer, cipher, frame);

    /// <summary>Bytes written to the store so far.</summary>
    public long StoredLength => _offset;

    /// <param name="repository">Where to.</param>
    /// <param name="name">The log.</param>
    /// <param name="frame">Room for a frame, which several writers may share if they take turns.</param>
    public static LogWriter Begin(Repository repository, LogName name, byte[] frame)
    {
        Span<byte> salt = stackalloc byte[RepositoryKey.SaltLength];
        FastHash.Random(salt);
        var stored = repository.Store.Create(name.ObjectName);
        try
        {
            LogFormat.WritePrologue(frame, repository.Id, salt);
            stored.Write(frame.AsSpan(0, LogFormat.PrologueLength));
            return new LogWriter(stored, LogFormat.DeriveCipher(repository.Key, salt, name.ObjectName, encrypts: true), frame) { _offset = LogFormat.PrologueLength };
        }
        catch
        {
            stored.Abandon();
            throw;
        }
    }

    /// <summary>Seals and appends content that has been compressed.</summary>
    public void Append(ReadOnlySpan<byte> compressed, int rawLength, CompressionCodec codec)
    {
        _length += rawLength;
        Append(FrameRole.Log, compressed, rawLength, codec);
    }

    /// <summary>Ends it, and makes it durable and then visible.</summary>
    /// <returns><see langword="false"/> when there is one of that name already; nothing has changed then.</returns>
    public bool TryCommit()
    {
        Span<byte> end = stackalloc byte[LogFormat.EndContentLength];
        BinaryPrimitives.WriteInt64LittleEndian(end, _length);
        Append(FrameRole.LogEnd, end, end.Length, CompressionCodec.None);
        return _object.TryCommit();
    }

    public void Dispose()
    {
        _cipher.Dispose();
        _object.Abandon();
    }

    private void Append(FrameRole role, ReadOnlySpan<byte> compressed, int rawLength, CompressionCodec codec)
    {
        var frame = _frame.AsSpan(0, PackFormat.FrameOverhead + compressed.Length);
        PackFormat.WriteFrameHeader(frame, role, rawLength, compressed.Length, codec);
        LogFormat.Seal(_cipher, _offset, compressed, frame);

        // Counted before it is written: whatever becomes of the write, no nonce is used twice.
        _offset += frame.Length;
        _object.Write(frame);
    }
}
