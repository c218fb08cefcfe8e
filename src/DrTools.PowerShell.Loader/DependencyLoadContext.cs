using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace DrTools.PowerShell.Loader;

/// <summary>
/// Holds the engine and every package it needs, apart from what other modules have loaded: two modules may use
/// different versions of one library in one process.
/// </summary>
internal sealed class DependencyLoadContext(string folder) : AssemblyLoadContext("DrTools")
{
    /// <summary>Loads one of the module's own assemblies, wherever the request comes from.</summary>
    /// <returns><see langword="null"/> when the module has no such assembly.</returns>
    internal Assembly? TryLoad(AssemblyName name) => Load(name);

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var path = Path.Combine(folder, assemblyName.Name + ".dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        var natives = Path.Combine(folder, "runtimes", RuntimeInformation.RuntimeIdentifier, "native");
        var path = FileNames(unmanagedDllName).Select(name => Path.Combine(natives, name)).FirstOrDefault(File.Exists);
        return path is null ? 0 : LoadUnmanagedDllFromPath(path);
    }

    /// <summary>Libraries are named without prefix and extension, and bear those of their system.</summary>
    private static IEnumerable<string> FileNames(string name) =>
        OperatingSystem.IsWindows() ? [name, name + ".dll"]
        : OperatingSystem.IsMacOS() ? [name, $"lib{name}.dylib", name + ".dylib"]
        : [name, $"lib{name}.so", name + ".so"];
}
