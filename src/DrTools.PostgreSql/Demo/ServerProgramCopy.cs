using System.Diagnostics;
using DrTools.PostgreSql.Platform;

namespace DrTools.PostgreSql.Demo;

/// <summary>Sees to it that the server's user can start this program, which may lie in a home that others cannot enter.</summary>
internal sealed class ServerProgramCopy(Account? account, string program, string folder)
{
    private const UnixFileMode Everyone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>The program as the server's user starts it: where it is, or a copy of it and what lies beside it.</summary>
    /// <exception cref="DrException"><see cref="DrError.ToolMissing"/> when that user cannot start even the copy.</exception>
    public async Task<string> ProvideAsync(CancellationToken cancellationToken)
    {
        if (account is null || (account.FirstClosed(Path.GetDirectoryName(program)!) is null && await StartsAsync(program, cancellationToken).ConfigureAwait(false) is null))
        {
            return program;
        }

        CopyFolder(Path.GetDirectoryName(program)!, folder);
        var copy = Path.Combine(folder, Path.GetFileName(program));
        return await StartsAsync(copy, cancellationToken).ConfigureAwait(false) is not { } why ? copy : throw new DrException(
            DrError.ToolMissing,
            $"The server would run as {account.Name}, who cannot start {copy}, a copy of this program: {why}",
            "Run the demo as an ordinary user, or let others enter the folder that .NET is installed in (DOTNET_ROOT).")
        { Subject = program };
    }

    private static void CopyFolder(string from, string to)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException();
        }

        Directory.CreateDirectory(to, Everyone);
        foreach (var file in Directory.EnumerateFiles(from))
        {
            var copy = Path.Combine(to, Path.GetFileName(file));
            File.Copy(file, copy);
            File.SetUnixFileMode(copy, Everyone);
        }

        // Libraries of one platform lie below.
        if (Directory.Exists(Path.Combine(from, "runtimes")))
        {
            CopyTree(Path.Combine(from, "runtimes"), Path.Combine(to, "runtimes"));
        }
    }

    private static void CopyTree(string from, string to)
    {
        CopyFolder(from, to);
        foreach (var below in Directory.EnumerateDirectories(from))
        {
            CopyTree(below, Path.Combine(to, Path.GetFileName(below)));
        }
    }

    /// <summary>Tries it.</summary>
    /// <returns>Why it does not start; <see langword="null"/> when it does.</returns>
    private async Task<string?> StartsAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(path, ["--version"])
            {
                UserName = account!.Name,
                WorkingDirectory = "/",
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = await process.StandardError.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
            await output.ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return process.ExitCode == 0 ? null : $"it ended with {process.ExitCode}. {errors.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return e.Message;
        }
    }
}
