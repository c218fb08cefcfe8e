using System.Buffers.Binary;

namespace DrTools.PostgreSql.Replication.Protocol;

/// <summary>
/// Reads messages of the server: a byte of type, a length of four bytes that counts itself, the payload. A payload is
/// read whole into the one buffer there is, and is good until the next message is read.
/// </summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/protocol-message-formats.html">Message Formats</see>.</remarks>
internal sealed class MessageReader(Stream stream)
{
    private const int HeaderLength = 5;

    /// <summary>Longer messages are not what a server sends in replication: blocks of base backups are 32 KiB, of WAL
    /// 128 KiB.</summary>
    private const int MaximumLength = 64 << 20;

    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(256 << 10);
    private int _start;
    private int _end;
    private int _payload;
    private int _length;

    /// <summary>The payload of the last message.</summary>
    public ReadOnlySpan<byte> Payload => _buffer.AsSpan(_payload, _length);

    /// <summary>The same, where a span cannot stand.</summary>
    public ReadOnlyMemory<byte> PayloadMemory => _buffer.AsMemory(_payload, _length);

    /// <summary>Whether bytes of a further message have been received.</summary>
    public bool HasMore => _end > _start;

    /// <summary>Reads a message; blocks until it is there.</summary>
    /// <returns>Its type.</returns>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    public byte Read()
    {
        Fill(HeaderLength);
        var kind = _buffer[_start];
        var length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start + 1)) - 4;
        if (length is < 0 or > MaximumLength)
        {
            throw new InvalidDataException($"The server sent a message of type 0x{kind:x2} with a length of {length} bytes, which the protocol does not have.");
        }

        Fill(HeaderLength + length);
        _payload = _start + HeaderLength;
        _length = length;
        _start = _payload + length;
        return kind;
    }

    private void Fill(int count)
    {
        if (_end - _start >= count)
        {
            return;
        }

        if (_buffer.Length - _start < count)
        {
            var target = _buffer.Length < count ? GC.AllocateUninitializedArray<byte>(Math.Max(count, 2 * _buffer.Length)) : _buffer;
            _buffer.AsSpan(_start, _end - _start).CopyTo(target);
            (_buffer, _start, _end) = (target, 0, _end - _start);
        }

        while (_end - _start < count)
        {
            var read = stream.Read(_buffer.AsSpan(_end));
            if (read == 0)
            {
                throw new EndOfStreamException("the server closed the connection");
            }

            _end += read;
        }
    }
}
