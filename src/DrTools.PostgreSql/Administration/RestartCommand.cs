using System.Diagnostics;

namespace DrTools.PostgreSql.Administration;

/// <summary>Something that stops and starts a server.</summary>
internal abstract class RestartCommand
{
    /// <summary>Restarts it.</summary>
    /// <exception cref="DrException"><see cref="DrError.ServerFailure"/>.</exception>
    public abstract Task RunAsync(TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Runs a program to its end; it may leave others behind that hold its output open.</summary>
    protected static async Task RunAsync(ProcessStartInfo start, string what, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // Written to a file: a server that inherits a pipe would keep it open for ever.
        var output = Path.Combine(Path.GetTempPath(), $"drtools-restart-{Guid.NewGuid():n}.txt");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout + TimeSpan.FromSeconds(5));
        start.ArgumentList[^1] += $" >'{output}' 2>&1 </dev/null";
        try
        {
            using var process = Process.Start(start)!;
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            if (process.ExitCode != 0)
            {
                throw new DrException(
                    DrError.ServerFailure,
                    $"{what} ended with {process.ExitCode}: {(File.Exists(output) ? (await File.ReadAllTextAsync(output, cancellationToken).ConfigureAwait(false)).Trim() : "it said nothing")}",
                    "See the server's log. Whether it runs tells pg_ctl status.");
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DrException(DrError.ServerFailure, $"{what} did not end within {Figures.Duration(timeout)}.", "See the server's log: sessions may keep it from stopping.");
        }
        finally
        {
            File.Delete(output);
        }
    }
}

/// <summary>A command that the administrator gave.</summary>
internal sealed class ServiceRestart(string command) : RestartCommand
{
    /// <inheritdoc/>
    public override Task RunAsync(TimeSpan timeout, CancellationToken cancellationToken) =>
        RunAsync(new ProcessStartInfo("/bin/sh", ["-c", $"{{ {command}\n}}"]), $"'{command}'", timeout, cancellationToken);
}
