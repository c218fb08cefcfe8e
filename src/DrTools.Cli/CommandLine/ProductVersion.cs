using System.Reflection;

namespace DrTools.Cli.CommandLine;

/// <summary>The version as <c>drtools --version</c> prints it.</summary>
internal static class ProductVersion
{
    public static string Text
    {
        get
        {
            var version = typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
            return "drtools " + (version?.Split('+')[0] ?? "?");
        }
    }
}
