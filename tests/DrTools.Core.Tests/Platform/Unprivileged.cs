using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace DrTools.Tests.Platform;

/// <summary>Runs code on a thread that may touch files only as <c>nobody</c> may: setfsuid(2) is per thread, and takes
/// the superuser's rights over files away.</summary>
internal static partial class Unprivileged
{
    private const uint Nobody = 65534;

    public static void Run(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            _ = SetGroup(Nobody);
            _ = SetUser(Nobody);
            try
            {
                action();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetUser(uint user);

    [LibraryImport("libc", EntryPoint = "setfsgid")]
    private static partial int SetGroup(uint group);
}
