using System.Diagnostics;
using Xunit;

namespace DrTools.Tests.Stores;

/// <summary>
/// A file system of a few MiB in memory, which can be filled and made read-only. Mounting takes root: others skip,
/// and where root cannot mount, the test fails.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly ScratchFolder _folder = new();

    internal SmallDisk(string options = "size=4m")
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Mounting a small disk takes root.");
        Run("mount", "-t", "tmpfs", "-o", options, "drtools-test", Path);
    }

    internal string Path => _folder.Path;

    internal void MakeReadOnly() => Run("mount", "-o", "remount,ro", Path);

    public void Dispose()
    {
        Run("umount", "--lazy", Path);
        _folder.Dispose();
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error}");
    }
}
