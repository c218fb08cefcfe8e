using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace DrTools.PowerShell.Loader;

/// <summary>
/// Runs when PowerShell imports this assembly, which the manifest has it do before it looks at the cmdlets' assembly:
/// that one's types cannot be listed before the engine's can be found.
/// </summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer
{
    private const string EnginePrefix = "DrTools.";
    private static readonly DependencyLoadContext Dependencies = new(
        Path.Combine(Path.GetDirectoryName(typeof(ModuleInitializer).Assembly.Location)!, "dependencies"));

    private static int _registered;

    /// <summary>Has the default load context ask for the engine here. Further imports into the same process change
    /// nothing: types stay what they are.</summary>
    public void OnImport()
    {
        if (Interlocked.Exchange(ref _registered, 1) == 0)
        {
            AssemblyLoadContext.Default.Resolving += Resolve;
        }
    }

    /// <summary>Only the engine's own assemblies are handed out; the packages below them stay in their context.</summary>
    private static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name) =>
        name.Name?.StartsWith(EnginePrefix, StringComparison.Ordinal) == true ? Dependencies.TryLoad(name) : null;
}
