using System.Reflection;

namespace DrTools.PowerShell.Tests;

/// <summary>Where the sources that these tests read are, and what they were built as.</summary>
internal static class SourceTree
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    public static string Configuration { get; } = Metadata("Configuration");

    public static string Version { get; } = Metadata("Version");

    public static string Module => PathOf("src", "DrTools.PowerShell");

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Metadata(string key) =>
        typeof(SourceTree).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
