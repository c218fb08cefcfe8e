using System.Diagnostics;

namespace DrTools.PostgreSql.Recovery;

/// <summary>What a command of the user's came to.</summary>
/// <param name="Command">The command.</param>
/// <param name="ExitCode">How it ended.</param>
/// <param name="Output">The end of what it said.</param>
/// <param name="Duration">How long it took.</param>
public sealed record ServiceCommandResult(string Command, int ExitCode, string Output, TimeSpan Duration);

/// <summary>Runs commands that stop and start services.</summary>
internal static class ServiceCommand
{
    private const int OutputKept = 2000;

    /// <exception cref="DrException"><see cref="DrError.ServerFailure"/>: it failed.</exception>
    public static async Task<ServiceCommandResult> RunAsync(string command, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var start = OperatingSystem.IsWindows() ? new ProcessStartInfo("cmd.exe", ["/c", command]) : new ProcessStartInfo("/bin/sh", ["-c", command]);
        start.RedirectStandardInput = true;

        // A service that it starts may keep what it is given, and would keep a pipe open for ever: hence a file.
        var output = Path.GetTempFileName();
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                start.ArgumentList.Clear();
                start.ArgumentList.Add("-c");
                start.ArgumentList.Add($"exec >\"$1\" 2>&1 </dev/null\n{command}");
                start.ArgumentList.Add("drtools-service");
                start.ArgumentList.Add(output);
            }

            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            var text = (await File.ReadAllTextAsync(output, cancellationToken).ConfigureAwait(false)).Trim();
            var result = new ServiceCommandResult(command, process.ExitCode, text.Length > OutputKept ? text[^OutputKept..] : text, clock.Elapsed);
            return result.ExitCode == 0 ? result : throw new DrException(
                DrError.ServerFailure, $"The command '{command}' ended with {result.ExitCode}{(result.Output.Length > 0 ? $": {result.Output}" : ".")}", "Run it by hand to see why, and then the restore again.");
        }
        finally
        {
            File.Delete(output);
        }
    }
}
