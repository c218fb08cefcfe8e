using System.Buffers.Binary;
using System.Text;

namespace DrTools.PostgreSql.Replication.Protocol;

/// <summary>Takes the fields of a message's payload one by one: integers are big-endian, strings end with a zero.</summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte Byte() => Bytes(1)[0];

    public short Int16() => BinaryPrimitives.ReadInt16BigEndian(Bytes(2));

    public int Int32() => BinaryPrimitives.ReadInt32BigEndian(Bytes(4));

    public long Int64() => BinaryPrimitives.ReadInt64BigEndian(Bytes(8));

    public string Text()
    {
        var end = _rest.IndexOf((byte)0);
        if (end < 0)
        {
            throw Short();
        }

        var text = Encoding.UTF8.GetString(_rest[..end]);
        _rest = _rest[(end + 1)..];
        return text;
    }

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (count < 0 || count > _rest.Length)
        {
            throw Short();
        }

        var bytes = _rest[..count];
        _rest = _rest[count..];
        return bytes;
    }

    private static InvalidDataException Short() => new("The server sent a message that ends in the middle of a field.");
}
