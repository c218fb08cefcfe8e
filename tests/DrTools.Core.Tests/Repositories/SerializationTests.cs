using DrTools.Serialization;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace DrTools.Tests.Repositories;

public sealed class SerializationTests
{
    private static readonly Config _config = Config.QuickThrowOnFailure.WithMaxTest(2000);

    private static Gen<ulong> Number =>
        from high in Gen.Choose(int.MinValue, int.MaxValue)
        from low in Gen.Choose(int.MinValue, int.MaxValue)
        from shift in Gen.Choose(0, 63)
        select (((ulong)(uint)high << 32) | (uint)low) >> shift;

    [Fact]
    public void Numbers_come_back() => Prop.ForAll(Number.ToArbitrary(), number =>
    {
        var writer = new ByteWriter(1);
        writer.VarInt(number);
        writer.ZigZag((long)number);
        writer.UInt32((uint)number);
        writer.UInt64(number);
        writer.LengthAndBytes(BitConverter.GetBytes(number));
        var reader = new ByteReader(writer.Written);
        return reader.VarUInt() == number && reader.ZigZag() == (long)number && reader.UInt32() == (uint)number
            && reader.UInt64() == number && BitConverter.ToUInt64(reader.LengthAndBytes()) == number && reader.Remaining == 0;
    }).Check(_config);

    [Fact]
    public void A_number_never_takes_more_than_ten_bytes() => Prop.ForAll(Number.ToArbitrary(), number =>
    {
        var writer = new ByteWriter();
        writer.VarInt(number);
        return writer.Length == Math.Max(1, (64 - System.Numerics.BitOperations.LeadingZeroCount(number) + 6) / 7);
    }).Check(_config);

    [Theory]
    [InlineData("80")]
    [InlineData("FFFFFFFFFFFFFFFFFF")]
    [InlineData("FFFFFFFFFFFFFFFFFF02")]
    [InlineData("FFFFFFFFFFFFFFFFFF81")]
    [InlineData("8080808080808080808080")]
    public void Numbers_that_end_too_early_or_too_late_are_refused(string hex) =>
        Assert.Throws<InvalidDataException>(() => new ByteReader(Convert.FromHexString(hex)).VarUInt());

    [Fact]
    public void An_index_into_nothing_is_refused() =>
        Assert.Throws<InvalidDataException>(() => new ByteReader([0]).VarInt(-1));

    [Fact]
    public void A_length_that_the_data_does_not_have_is_refused()
    {
        Assert.Throws<InvalidDataException>(() => new ByteReader([3, 1, 2]).LengthAndBytes());
        Assert.Throws<InvalidDataException>(() => new ByteReader(Convert.FromHexString("FFFFFFFF7F01")).LengthAndBytes());
        Assert.Throws<InvalidDataException>(() => new ByteReader(Convert.FromHexString("FFFFFFFFFFFFFFFFFF01")).LengthAndBytes());
        Assert.Throws<InvalidDataException>(() => new ByteReader([3, 1, 2, 3, 4]).Count(2));
    }

    [Fact]
    public void Noise_is_read_or_refused() => Fuzz.ParseMany(1, 3000, [Convert.FromHexString("0102FFFFFFFF0F0180818283040506070809")], input =>
    {
        var reader = new ByteReader(input);
        for (var step = 0; reader.Remaining > 0; step++)
        {
            _ = (step % 7) switch
            {
                0 => (long)reader.VarUInt(),
                1 => reader.ZigZag(),
                2 => reader.VarInt(1000),
                3 => reader.LengthAndBytes().Length,
                4 => reader.Count(16),
                5 => reader.VarLong(),
                _ => reader.Byte(),
            };
        }
    });
}
