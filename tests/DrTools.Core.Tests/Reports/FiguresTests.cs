using DrTools.Reports;
using Xunit;

namespace DrTools.Tests.Reports;

public sealed class FiguresTests
{
    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(0.0421, "42 ms")]
    [InlineData(0.9996, "1.0 s")]
    [InlineData(9.94, "9.9 s")]
    [InlineData(9.96, "10 s")]
    [InlineData(60, "60 s")]
    [InlineData(900, "15 min")]
    [InlineData(901, "15 min 01 s")]
    [InlineData(3900, "1 h 05 min")]
    [InlineData(-2, "−2.0 s")]
    public void Durations_have_a_unit_and_few_digits(double seconds, string text) =>
        Assert.Equal(text, Figures.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.0 kB")]
    [InlineData(99_950_000, "100 MB")]
    [InlineData(999_960_000, "1.0 GB")]
    public void Sizes_are_decimal(long bytes, string text) => Assert.Equal(text, Figures.Bytes(bytes));

    [Theory]
    [InlineData("files:/srv", "files")]
    [InlineData("sqlite:/shop.db", "database")]
    [InlineData("postgresql:shop", "postgresql")]
    public void Sources_are_called_by_their_kind(string source, string kind) => Assert.Equal(kind, Figures.SourceKind(source));
}
