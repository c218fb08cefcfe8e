using System.ComponentModel;
using System.Diagnostics;

namespace DrTools.Drills.Failover;

/// <summary>What a command of a plan came to.</summary>
/// <param name="ExitCode">How it ended; <see langword="null"/> when it was ended for taking too long.</param>
/// <param name="Output">The end of what it said.</param>
/// <param name="Duration">How long it took.</param>
internal sealed record StepCommandResult(int? ExitCode, string Output, TimeSpan Duration)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>How it ended, with the last line that it said.</summary>
    public override string ToString() =>
        $"{(ExitCode is { } code ? $"ended with {code}" : "was ended for taking too long")} after {Figures.Duration(Duration)}{(LastLine is { Length: > 0 } line ? $": {line}" : string.Empty)}";

    private string LastLine => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? string.Empty;
}

/// <summary>Runs commands of a plan with the shell, in the folder of the plan.</summary>
internal static class StepCommand
{
    private const int OutputKept = 2000;

    /// <param name="command">The command.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it, and what it has started.</param>
    /// <exception cref="DrException"><see cref="DrError.ToolMissing"/>: there is no shell.</exception>
    public static async Task<StepCommandResult> RunAsync(string command, string folder, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        // A service that it starts may keep what it is given, and would keep a pipe open for ever: hence a file.
        var output = Path.GetTempFileName();
        try
        {
            var start = OperatingSystem.IsWindows()
                ? new ProcessStartInfo("cmd.exe", ["/d", "/s", "/c", $"({command}) > \"{output}\" 2>&1"])
                : new ProcessStartInfo("/bin/sh", ["-c", $"exec >\"$1\" 2>&1 </dev/null\n{command}", "drtools-step", output]);
            start.WorkingDirectory = folder;
            start.RedirectStandardInput = true;
            var begun = time.GetTimestamp();
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            using var over = new CancellationTokenSource(limit, time);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, over.Token);
            int? code;
            try
            {
                await process.WaitForExitAsync(stop.Token).ConfigureAwait(false);
                code = process.ExitCode;
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                code = null;
            }

            var text = (await File.ReadAllTextAsync(output, cancellationToken).ConfigureAwait(false)).Trim();
            return new StepCommandResult(code, text.Length > OutputKept ? text[^OutputKept..] : text, time.GetElapsedTime(begun));
        }
        catch (Win32Exception e)
        {
            throw new DrException(DrError.ToolMissing, $"The command '{command}' cannot be run: {e.Message}", "Install a shell: /bin/sh.", e);
        }
        finally
        {
            File.Delete(output);
        }
    }
}
