using DrTools.Aws.S3;

namespace DrTools.Aws.Tests.Servers;

/// <summary>How patient stores are in tests.</summary>
internal static class S3StoreLimits
{
    /// <summary>Little time, and small parts, so that packs of tests have several.</summary>
    public static S3Limits Quick { get; } = new()
    {
        StallTimeout = TimeSpan.FromSeconds(15),
        FirstBackoff = TimeSpan.FromMilliseconds(20),
        LongestBackoff = TimeSpan.FromMilliseconds(300),
        PartLength = 5 << 20,
        PartSlack = 1 << 20,
        SinglePutLength = 6 << 20,
    };
}
