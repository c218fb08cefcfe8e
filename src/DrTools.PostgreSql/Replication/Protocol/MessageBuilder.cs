using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace DrTools.PostgreSql.Replication.Protocol;

/// <summary>Builds one message at a time; its length is filled in at the end.</summary>
internal sealed class MessageBuilder
{
    private readonly ArrayBufferWriter<byte> _bytes = new(256);
    private int _lengthAt;

    /// <summary>Starts a message; the start-up messages have no type.</summary>
    public MessageBuilder Start(byte? kind)
    {
        _bytes.Clear();
        if (kind is { } type)
        {
            Byte(type);
        }

        _lengthAt = _bytes.WrittenCount;
        return Int32(0);
    }

    public MessageBuilder Byte(byte value)
    {
        _bytes.GetSpan(1)[0] = value;
        _bytes.Advance(1);
        return this;
    }

    public MessageBuilder Int32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(_bytes.GetSpan(4), value);
        _bytes.Advance(4);
        return this;
    }

    public MessageBuilder Int64(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(_bytes.GetSpan(8), value);
        _bytes.Advance(8);
        return this;
    }

    public MessageBuilder Text(string value) => Bytes(Encoding.UTF8.GetBytes(value)).Byte(0);

    public MessageBuilder Bytes(ReadOnlySpan<byte> value)
    {
        _bytes.Write(value);
        return this;
    }

    /// <summary>The finished message; good until the next is started.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        var message = System.Runtime.InteropServices.MemoryMarshal.AsMemory(_bytes.WrittenMemory).Span;
        BinaryPrimitives.WriteInt32BigEndian(message[_lengthAt..], message.Length - _lengthAt);
        return message;
    }
}
