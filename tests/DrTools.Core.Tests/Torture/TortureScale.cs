namespace DrTools.Tests.Torture;

/// <summary>How hard the torture is: short in every run, long with <c>DRTOOLS_TORTURE=long</c>. What fails is repeated with
/// the seed that it names in <c>DRTOOLS_TORTURE_SEED</c>.</summary>
internal static class TortureScale
{
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("DRTOOLS_TORTURE") == "long";

    public static int Pick(int brief, int extended) => IsLong ? extended : brief;

    /// <summary>A seed that differs from run to run.</summary>
    public static int NewSeed() => int.TryParse(Environment.GetEnvironmentVariable("DRTOOLS_TORTURE_SEED"), out var given) ? given : Random.Shared.Next();
}
