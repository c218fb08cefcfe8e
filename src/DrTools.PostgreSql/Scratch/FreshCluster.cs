using System.Diagnostics;
using DrTools.PostgreSql.Platform;

namespace DrTools.PostgreSql.Scratch;

/// <summary>Makes an empty cluster with <c>initdb</c>, as the user that the server will run as.</summary>
/// <remarks><see href="https://www.postgresql.org/docs/current/app-initdb.html">initdb</see>.</remarks>
internal sealed class FreshCluster(ServerPrograms programs, Account? account, string folder)
{
    /// <param name="dataDirectory">Where to make it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="options">Further options of <c>initdb</c>.</param>
    public async Task InitializeAsync(string dataDirectory, CancellationToken cancellationToken, params string[] options)
    {
        if (!programs.Has("initdb"))
        {
            throw new DrException(DrError.ToolMissing, $"{programs.Folder} has no initdb.", $"Install all of the server of PostgreSQL {programs.MajorVersion}.");
        }

        // Nothing here has to survive a crash, hence no sync.
        var start = new ProcessStartInfo(
            programs.Path("initdb"),
            ["-D", dataDirectory, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions", .. options])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.Environment["LC_ALL"] = "C";
        if (account is not null)
        {
            start.UserName = account.Name;
            start.Environment["HOME"] = folder;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var registration = cancellationToken.Register(process.Kill);
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        await output.ConfigureAwait(false);
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            throw new DrException(DrError.RecoveryFailed, $"No scratch cluster could be made: initdb ended with {process.ExitCode}. {errors.Trim()}", "See its message; check the work folder and its free space.") { Subject = dataDirectory };
        }
    }
}
