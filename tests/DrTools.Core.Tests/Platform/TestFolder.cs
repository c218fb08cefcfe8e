using System.Diagnostics;
using System.Text;
using DrTools.Platform.Posix;
using Xunit;

namespace DrTools.Tests.Platform;

/// <summary>A temporary folder, and a shell to put into it what .NET cannot name.</summary>
internal sealed class TestFolder : IDisposable
{
    public TestFolder()
        : this(Directory.CreateTempSubdirectory("drtools-tree-").FullName)
    {
    }

    /// <summary>Takes a folder over.</summary>
    public TestFolder(string path) => Path = path;

    public static bool IsRoot => LibC.EffectiveUser() == 0;

    public string Path { get; }

    public string At(string name) => System.IO.Path.Join(Path, name);

    /// <summary>Runs a bash script in the folder and returns what it prints. A failure fails the test.</summary>
    public string Run(string script)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", script])
        {
            WorkingDirectory = Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
            StandardErrorEncoding = Encoding.Latin1,
            Environment = { ["LC_ALL"] = "C" },
        })!;
        var errors = bash.StandardError.ReadToEndAsync();
        var output = bash.StandardOutput.ReadToEnd();
        bash.WaitForExit();
        Assert.True(bash.ExitCode == 0, $"{script}\nended with {bash.ExitCode}: {errors.Result}");
        return output;
    }

    public void Dispose()
    {
        var parent = Descriptor.OpenPath(Encoding.UTF8.GetBytes(System.IO.Path.GetDirectoryName(Path)!), Abi.PathOnly);
        var left = FolderRemoval.Remove(parent, Encoding.UTF8.GetBytes(System.IO.Path.GetFileName(Path)));
        Descriptor.Close(parent);
        Assert.True(left == 0, $"{Path} could not be removed: {Errno.Text(left)}");
    }
}
