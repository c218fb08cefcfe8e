using System.Buffers.Binary;
using System.Security.Cryptography;
using DrTools.Compression;
using DrTools.Repositories.Packs;

namespace DrTools.Repositories.Logs;

/// <summary>Reads a log from its start to its end, and authenticates all of it on the way.</summary>
internal sealed class LogReader(Repository repository, LogName name) : IDisposable
{
    private readonly string _object = name.ObjectName;
    private readonly FrameDecompressor _decompressor = new();
    private byte[] _stored = [];
    private byte[] _content = [];
    private AesGcm? _cipher;
    private long _position;
    private int _start;
    private int _end;
    private long _length;
    private bool _isWhole;

    /// <summary>The next piece of content, at most 1 MiB and valid until the next call; empty at the end, which is reached
    /// only where the writer ended it.</summary>
    /// <exception cref="DrException"><see cref="DrError.ObjectMissing"/> on the first call,
    /// <see cref="DrError.IntegrityFailure"/>.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        if (_isWhole)
        {
            return default;
        }

        if (_cipher is null)
        {
            await BeginAsync(cancellationToken).ConfigureAwait(false);
        }

        var (role, compressedLength) = await NextHeaderAsync(cancellationToken).ConfigureAwait(false);
        var frameLength = PackFormat.FrameOverhead + compressedLength;
        await FillAsync(frameLength, cancellationToken).ConfigureAwait(false);
        var offset = _position - (_end - _start);
        var frame = _stored.AsMemory(_start, frameLength);
        _start += frameLength;
        if (role == FrameRole.LogEnd)
        {
            await EndAsync(frame, offset, cancellationToken).ConfigureAwait(false);
            return default;
        }

        var content = Open(role, frame.Span, offset);
        if (content.IsEmpty)
        {
            throw Damaged(null);
        }

        _length += content.Length;
        return content;
    }

    public void Dispose()
    {
        _cipher?.Dispose();
        _decompressor.Dispose();
    }

    private async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        // Two frames fit, so that of one there is always room for the rest; a segment of WAL often fits as a whole.
        _stored = GC.AllocateUninitializedArray<byte>(2 * PackFormat.MaximumFrameLength);
        _content = GC.AllocateUninitializedArray<byte>(PackFormat.MaximumFrameContent);
        await FillAsync(LogFormat.PrologueLength, cancellationToken).ConfigureAwait(false);
        var salt = LogFormat.SaltOf(_stored.AsSpan(0, LogFormat.PrologueLength), repository.Id);
        if (salt.IsEmpty)
        {
            throw Damaged(null);
        }

        _start = LogFormat.PrologueLength;
        _cipher = LogFormat.DeriveCipher(repository.Key, salt, _object);
    }

    /// <summary>What the next frame says of itself; nothing shows yet that it is true.</summary>
    private async ValueTask<(FrameRole Role, int Length)> NextHeaderAsync(CancellationToken cancellationToken)
    {
        await FillAsync(PackFormat.FrameOverhead, cancellationToken).ConfigureAwait(false);
        var header = _stored.AsSpan(_start, PackFormat.FrameHeaderLength);
        var length = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        var role = (FrameRole)header[9];
        return role is FrameRole.Log or FrameRole.LogEnd && length is >= 0 and <= PackFormat.MaximumFrameContent ? (role, length) : throw Damaged(null);
    }

    private async ValueTask EndAsync(Memory<byte> frame, long offset, CancellationToken cancellationToken)
    {
        var content = Open(FrameRole.LogEnd, frame.Span, offset);
        if (content.Length != LogFormat.EndContentLength || BinaryPrimitives.ReadInt64LittleEndian(content.Span) != _length || _start != _end
            || await repository.Store.ReadAsync(_object, _position, _stored.AsMemory(0, 1), cancellationToken).ConfigureAwait(false) != 0)
        {
            throw Damaged(null);
        }

        _isWhole = true;
    }

    private ReadOnlyMemory<byte> Open(FrameRole role, Span<byte> frame, long offset)
    {
        try
        {
            var header = PackFormat.OpenInPlace(_cipher!, role, offset, frame);
            var content = _content.AsMemory(0, header.RawLength);
            _decompressor.Decompress(header.Codec, frame.Slice(PackFormat.FrameHeaderLength, header.CompressedLength), content.Span);
            return content;
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }
    }

    /// <summary>Sees to it that so many bytes lie behind the start.</summary>
    private async ValueTask FillAsync(int count, CancellationToken cancellationToken)
    {
        if (_end - _start >= count)
        {
            return;
        }

        _stored.AsSpan(_start, _end - _start).CopyTo(_stored);
        (_start, _end) = (0, _end - _start);
        var read = await repository.Store.ReadAsync(_object, _position, _stored.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _position += read;
        _end += read;
        if (_end < count)
        {
            throw Damaged(null);
        }
    }

    private DrException Damaged(Exception? cause) => new(
        DrError.IntegrityFailure,
        $"The log {name.Name} in {repository.Location} is damaged ({_object}).",
        "Bring the object back from another copy of the repository, or archive the log again if its server still has it: move the damaged object away first.",
        cause)
    { Subject = _object };
}
