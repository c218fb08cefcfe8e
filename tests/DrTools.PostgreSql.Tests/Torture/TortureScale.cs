using System.Globalization;

namespace DrTools.PostgreSql.Tests.Torture;

/// <summary>How hard the torture is: short in every run, long with <c>DRTOOLS_TORTURE=long</c>. The seed is always the same unless
/// <c>DRTOOLS_TORTURE_SEED</c> gives another; it decides what is done, but not how the server's processes interleave.</summary>
internal static class TortureScale
{
    private const int FixedSeed = 20_261_121;

    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("DRTOOLS_TORTURE") == "long";

    public static int Seed { get; } = int.TryParse(Environment.GetEnvironmentVariable("DRTOOLS_TORTURE_SEED"), NumberStyles.Integer, CultureInfo.InvariantCulture, out var given) ? given : FixedSeed;

    public static int Pick(int brief, int extended) => IsLong ? extended : brief;
}
