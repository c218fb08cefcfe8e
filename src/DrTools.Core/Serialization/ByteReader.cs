using System.Buffers.Binary;

namespace DrTools.Serialization;

/// <summary>
/// Reads what <see cref="ByteWriter"/> wrote. Every read is bounds-checked: malformed input ends in an
/// <see cref="InvalidDataException"/>, never in a wild allocation or a loop.
/// </summary>
internal ref struct ByteReader(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;

    public int Position { get; private set; }

    public readonly int Remaining => _data.Length - Position;

    public byte Byte() => Bytes(1)[0];

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8));

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if ((uint)count > (uint)Remaining)
        {
            throw new InvalidDataException("The data ends too early.");
        }

        var span = _data.Slice(Position, count);
        Position += count;
        return span;
    }

    public ulong VarUInt()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var b = Byte();
            if (shift == 63 && b > 1)
            {
                break;
            }

            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("A number is longer than 64 bits.");
    }

    /// <summary>A variable-length number that must fit a non-negative <see cref="long"/>.</summary>
    public long VarLong()
    {
        var value = VarUInt();
        return value <= long.MaxValue ? (long)value : throw new InvalidDataException("A number is out of range.");
    }

    /// <summary>A variable-length number that must not exceed <paramref name="maximum"/>; a negative maximum, such as
    /// that of an index into nothing, allows none.</summary>
    public int VarInt(int maximum = int.MaxValue)
    {
        var value = VarUInt();
        return maximum >= 0 && value <= (ulong)maximum ? (int)value : throw new InvalidDataException("A number is out of range.");
    }

    /// <summary>A count of items that each take at least <paramref name="minimumSize"/> bytes of what remains.</summary>
    public int Count(int minimumSize)
    {
        var value = VarUInt();
        return value <= (ulong)(Remaining / minimumSize)
            ? (int)value
            : throw new InvalidDataException("A count is larger than the data that should hold it.");
    }

    public long ZigZag()
    {
        var value = VarUInt();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public ReadOnlySpan<byte> LengthAndBytes() => Bytes(Count(1));
}
