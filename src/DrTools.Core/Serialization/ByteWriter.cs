using System.Buffers.Binary;

namespace DrTools.Serialization;

/// <summary>
/// Builds the binary parts of the repository format in a growing buffer: little-endian integers, and variable-length
/// ones of seven bits a byte, least significant first, the top bit set on all but the last (LEB128).
/// </summary>
internal sealed class ByteWriter(int capacity = 256)
{
    private byte[] _buffer = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, Length);

    public void Clear() => Length = 0;

    public void Byte(byte value) => Reserve(1)[0] = value;

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Reserve(4), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Reserve(8), value);

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Reserve(value.Length));

    public void VarInt(ulong value)
    {
        while (value >= 0x80)
        {
            Byte((byte)(value | 0x80));
            value >>= 7;
        }

        Byte((byte)value);
    }

    public void VarInt(long value) => VarInt(checked((ulong)value));

    /// <summary>A signed number with the sign in the lowest bit, so that small magnitudes stay short.</summary>
    public void ZigZag(long value) => VarInt((ulong)((value << 1) ^ (value >> 63)));

    public void LengthAndBytes(ReadOnlySpan<byte> value)
    {
        VarInt((ulong)value.Length);
        Bytes(value);
    }

    private Span<byte> Reserve(int count)
    {
        if (Length + count > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, Length + count));
        }

        var span = _buffer.AsSpan(Length, count);
        Length += count;
        return span;
    }
}
