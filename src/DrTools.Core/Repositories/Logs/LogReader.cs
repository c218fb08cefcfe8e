using System.Buffers.Binary;
using DrTools.Compression;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Packs;

namespace DrTools.Repositories.Logs;

/// <summary>Reads a log from its start to its end, and authenticates all of it on the way.</summary>
internal sealed class LogReader(Repository repository, LogName name) : IDisposable
{
    private readonly string _object = name.ObjectName;
    private readonly FrameDecompressor _decompressor = new();
    private byte[] _stored = [];
    private byte[] _content = [];
    private SealCipher? _cipher;
    private long _position;
    private int _start;
    private int _end;
    private long _length;
    private bool _isWhole;

    /// <summary>The next piece of content, at most 1 MiB and valid until the next call; empty at the end, which is reached
    /// only where the writer ended it.</summary>
    /// <exception cref="DrException"><see cref="DrError.ObjectMissing"/> on the first call,
    /// <see cref="DrError.IntegrityFailure"/>.</exception>
    public ReadOnlySpan<byte> Read()
    {
        var frame = ReadFrame(out var header);
        return frame.IsEmpty ? default : Unpack(frame, header);
    }

    /// <summary>The same, not unpacked: for whoever seals it under another key.</summary>
    /// <param name="header">What the frame says of its content.</param>
    public ReadOnlySpan<byte> ReadCompressed(out FrameHeader header)
    {
        var frame = ReadFrame(out header);
        return frame.IsEmpty ? default : frame.Slice(PackFormat.FrameHeaderLength, header.CompressedLength);
    }

    public void Dispose()
    {
        _cipher?.Dispose();
        _decompressor.Dispose();
    }

    /// <summary>The next frame of content, opened; empty behind the last one.</summary>
    private Span<byte> ReadFrame(out FrameHeader header)
    {
        header = default;
        if (_isWhole)
        {
            return default;
        }

        var offset = _position - (_end - _start);
        for (var look = 1; ; look++)
        {
            try
            {
                return ReadNext(out header);
            }
            catch (DrException e) when (e.Error == DrError.IntegrityFailure && look < repository.Looks)
            {
                repository.Store.Distrust(_object);

                // Nothing of the frame was given out: it is read again, and the first one with the salt before it.
                (_position, _start, _end) = (offset, 0, 0);
                if (_length == 0)
                {
                    _position = 0;
                    _cipher?.Dispose();
                    _cipher = null;
                }
            }
        }
    }

    private Span<byte> ReadNext(out FrameHeader header)
    {
        header = default;
        if (_cipher is null)
        {
            Begin();
        }

        var role = NextHeader(out var compressedLength);
        var frameLength = PackFormat.FrameOverhead + compressedLength;
        Fill(frameLength);
        var offset = _position - (_end - _start);
        var frame = _stored.AsSpan(_start, frameLength);
        _start += frameLength;
        if (role == FrameRole.LogEnd)
        {
            End(frame, offset);
            return default;
        }

        header = Open(role, frame, offset);
        if (header.RawLength == 0 || _length > LogFormat.MaximumContent - header.RawLength)
        {
            throw Damaged(null);
        }

        _length += header.RawLength;
        return frame;
    }

    private void Begin()
    {
        // Two frames fit, so that of one there is always room for the rest; a segment of WAL often fits as a whole.
        _stored = GC.AllocateUninitializedArray<byte>(2 * PackFormat.MaximumFrameLength);
        _content = GC.AllocateUninitializedArray<byte>(PackFormat.MaximumFrameContent);
        Fill(LogFormat.PrologueLength);
        var salt = LogFormat.SaltOf(_stored.AsSpan(0, LogFormat.PrologueLength), repository.Id);
        if (salt.IsEmpty)
        {
            throw Damaged(null);
        }

        _start = LogFormat.PrologueLength;
        _cipher = LogFormat.DeriveCipher(repository.Key, salt, _object, encrypts: false);
    }

    /// <summary>What the next frame says of itself; nothing shows yet that it is true.</summary>
    private FrameRole NextHeader(out int length)
    {
        Fill(PackFormat.FrameOverhead);
        var header = _stored.AsSpan(_start, PackFormat.FrameHeaderLength);
        length = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        var role = (FrameRole)header[9];
        return role is FrameRole.Log or FrameRole.LogEnd && length is >= 0 and <= PackFormat.MaximumFrameContent ? role : throw Damaged(null);
    }

    private void End(Span<byte> frame, long offset)
    {
        var content = Unpack(frame, Open(FrameRole.LogEnd, frame, offset));
        if (content.Length != LogFormat.EndContentLength || BinaryPrimitives.ReadInt64LittleEndian(content) != _length || _start != _end
            || repository.Store.Read(_object, _position, _stored.AsSpan(0, 1)) != 0)
        {
            throw Damaged(null);
        }

        _isWhole = true;
    }

    private FrameHeader Open(FrameRole role, Span<byte> frame, long offset) =>
        LogFormat.TryOpen(_cipher!, role, offset, frame, out var header) ? header : throw Damaged(null);

    private ReadOnlySpan<byte> Unpack(ReadOnlySpan<byte> frame, FrameHeader header)
    {
        try
        {
            var content = _content.AsSpan(0, header.RawLength);
            _decompressor.Decompress(header.Codec, frame.Slice(PackFormat.FrameHeaderLength, header.CompressedLength), content);
            return content;
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }
    }

    /// <summary>Sees to it that so many bytes lie behind the start.</summary>
    private void Fill(int count)
    {
        if (_end - _start >= count)
        {
            return;
        }

        _stored.AsSpan(_start, _end - _start).CopyTo(_stored);
        (_start, _end) = (0, _end - _start);
        var read = repository.Store.Read(_object, _position, _stored.AsSpan(_end));
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
