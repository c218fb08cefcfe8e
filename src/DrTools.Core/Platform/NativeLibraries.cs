using System.Reflection;
using System.Runtime.InteropServices;
using DrTools.Platform.OpenSsl;

namespace DrTools.Platform;

/// <summary>Finds the native libraries whose names differ from system to system. An assembly can have one resolver only.</summary>
internal static class NativeLibraries
{
    /// <summary>Zstandard, by the name that its functions are imported from.</summary>
    public const string Zstandard = "libzstd";

    private static readonly Dictionary<string, nint> Loaded = [];
    private static int _isRegistered;

    /// <summary>Registers the resolver, once; to be called before the first import from one of these libraries.</summary>
    public static void Register()
    {
        if (Interlocked.Exchange(ref _isRegistered, 1) == 0)
        {
            NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        // It is asked anew for every function.
        lock (Loaded)
        {
            if (!Loaded.TryGetValue(name, out var handle))
            {
                Loaded[name] = handle = Load(name, assembly, searchPath);
            }

            return handle;
        }
    }

    private static nint Load(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        // The unversioned libzstd.so comes with the -dev package only.
        string[] candidates = name switch
        {
            LibCrypto.Library => ["libcrypto.so.3", "libcrypto.so.1.1"],
            Zstandard when OperatingSystem.IsWindows() => ["libzstd.dll", "zstd.dll"],
            Zstandard when OperatingSystem.IsMacOS() => ["libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib", "/usr/local/lib/libzstd.1.dylib"],
            Zstandard => ["libzstd.so.1"],
            _ => [],
        };
        foreach (var candidate in candidates)
        {
            // On Linux the system's loader knows where they are; beside the program there are none.
            if (OperatingSystem.IsLinux() ? NativeLibrary.TryLoad(candidate, out var handle) : NativeLibrary.TryLoad(candidate, assembly, searchPath, out handle))
            {
                return handle;
            }
        }

        return 0;
    }
}
