using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using DrTools.PostgreSql.Wal;

namespace DrTools.Cli.Wal;

/// <summary>Starts this program again, to go on when the call that PostgreSQL waits for has ended.</summary>
internal static partial class BackgroundProcess
{
    /// <summary>Starts it with the options of a call. That it cannot be started is no failure of the call.</summary>
    public static void Start(WalInvocation invocation, string command, string[] arguments, WalSpool spool)
    {
        var program = Environment.ProcessPath!;
        List<string> line = [program];
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            line.Add(Path.Combine(AppContext.BaseDirectory, "drtools.dll"));
        }

        line.AddRange(["wal", command, .. arguments, "--spool", Path.GetDirectoryName(Path.GetDirectoryName(spool.Folder))!]);
        line.AddRange(WalRepositories.Locations(invocation.Repositories).SelectMany(r => (string[])["--repo", IsPath(r) ? Path.GetFullPath(r) : r]));
        line.AddRange(invocation.Repositories.KeyFiles.SelectMany(f => (string[])["--key-file", f == "-" ? f : Path.GetFullPath(f)]));
        line.AddRange(invocation.Repositories.PassphraseFiles.SelectMany(f => (string[])["--passphrase-file", f == "-" ? f : Path.GetFullPath(f)]));
        line.AddRange(invocation.Jobs > 0 ? ["--jobs", invocation.Jobs.ToString(CultureInfo.InvariantCulture)] : []);
        line.AddRange(invocation.SpoolLimit > 0 ? ["--spool-limit", invocation.SpoolLimit.ToString(CultureInfo.InvariantCulture)] : []);
        try
        {
            // The server reads its commands' output to the end, so nothing of it may be kept open.
            var start = OperatingSystem.IsWindows()
                ? new ProcessStartInfo(line[0], line.Skip(1)) { CreateNoWindow = true }
                : new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" </dev/null >/dev/null 2>&1 &", "sh", .. line]);
            using var process = Process.Start(start)!;
            if (!OperatingSystem.IsWindows())
            {
                process.WaitForExit();
            }
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            spool.NoteFailure(new DrException(DrError.Unexpected, $"The background process could not be started: {e.Message}", "Check the limits of processes of the server's user.", e));
        }
    }

    /// <summary>Leaves the server's process group, which is ended as a whole when the server is.</summary>
    public static void Detach()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = NewSession();
        }
    }

    private static bool IsPath(string location) => !location.Contains("://", StringComparison.Ordinal);

    [LibraryImport("libc", EntryPoint = "setsid")]
    private static partial int NewSession();
}
