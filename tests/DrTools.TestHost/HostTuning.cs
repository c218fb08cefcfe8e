using System.Globalization;
using DrTools.Repositories;

namespace DrTools.TestHost;

/// <summary>The figures that a test gives its processes through the environment.</summary>
public static class HostTuning
{
    /// <summary>Names of the variables.</summary>
    public const string LeaseMilliseconds = "DRTOOLS_TEST_LEASE_MS", PackBytes = "DRTOOLS_TEST_PACK_BYTES", Iterations = "DRTOOLS_TEST_ITERATIONS";

    internal static RepositoryFactory NewFactory() => new(
        TimeProvider.System,
        Number(Iterations, 1000),
        new RepositoryTuning
        {
            LeaseDuration = TimeSpan.FromMilliseconds(Number(LeaseMilliseconds, 600_000)),
            PackLength = Number(PackBytes, 32 << 20),
        });

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
