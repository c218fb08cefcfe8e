using System.Diagnostics;
using DrTools.PostgreSql.Platform;
using DrTools.PostgreSql.Scratch;

namespace DrTools.PostgreSql.Recovery;

/// <summary>Starts a server on a data directory with <c>pg_ctl</c>, as the user that the directory belongs to.</summary>
internal static class ServerStart
{
    /// <summary>Where the server's words go, in its data directory.</summary>
    public const string LogFile = "drtools-recovery.log";

    /// <summary>Starts it; where another server has its port, at a free one and for this host only.</summary>
    /// <exception cref="DrException"><see cref="DrError.ToolMissing"/> or <see cref="DrError.RecoveryFailed"/>.</exception>
    public static async Task<ServerPlace> RunAsync(string dataDirectory, ServerPrograms programs, Account? account, CancellationToken cancellationToken)
    {
        if (!programs.Has("pg_ctl"))
        {
            throw new DrException(DrError.ToolMissing, $"{programs.Folder} has no pg_ctl.", "Install all of the server, or give the command that starts the service.");
        }

        var log = Path.Combine(dataDirectory, LogFile);
        var place = await ServerPlace.FindAsync(dataDirectory, programs, account, cancellationToken).ConfigureAwait(false);
        string[] moved = place.ConfiguredPort is null ? [] : ["-o", $"-p {place.Port} -c listen_addresses=localhost"];
        var start = StartInfo(programs.Path("pg_ctl"), ["start", "-W", "-s", "-D", dataDirectory, "-l", log, .. moved], dataDirectory, account);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            throw Failed(dataDirectory, $"could not be started (pg_ctl ended with {process.ExitCode})");
        }

        return place;
    }

    /// <summary>Stops it: fast, and waits until it has ended.</summary>
    /// <exception cref="DrException"><see cref="DrError.RecoveryFailed"/>.</exception>
    public static async Task StopAsync(string dataDirectory, ServerPrograms programs, Account? account, CancellationToken cancellationToken)
    {
        using var process = Process.Start(StartInfo(programs.Path("pg_ctl"), ["stop", "-w", "-s", "-m", "fast", "-D", dataDirectory], dataDirectory, account))!;
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            throw Failed(dataDirectory, $"could not be stopped (pg_ctl ended with {process.ExitCode})");
        }
    }

    /// <summary>How a program of the server is run: as its user, and with nothing in its environment that is meant for
    /// us.</summary>
    public static ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments, string dataDirectory, Account? account)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, WorkingDirectory = dataDirectory };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("PG", StringComparison.Ordinal) || k.StartsWith("DRTOOLS", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        if (account is not null)
        {
            start.UserName = account.Name;
        }

        return start;
    }

    /// <summary>Whether a server that was started here has said what ended it.</summary>
    public static bool HasFailed(string dataDirectory) => ServerLog.Fatal(new ServerLog(Path.Combine(dataDirectory, LogFile)).ReadEnd()) is not null;

    /// <summary>A server that did not do what it should, with its last words.</summary>
    public static DrException Failed(string dataDirectory, string what)
    {
        var text = new ServerLog(Path.Combine(dataDirectory, LogFile)).ReadEnd();
        var lines = ServerLog.LastLines(text, int.MaxValue).Where(l => !ServerLog.IsRefusal(l)).TakeLast(12).ToList();
        var last = ServerLog.LastCommit(text);
        if (TablespaceReplay.Find(text, ServerLog.Fatal(text)) is { } tablespace)
        {
            return tablespace;
        }

        return text.Contains("recovery ended before configured recovery target was reached", StringComparison.Ordinal)
            ? new DrException(
                DrError.TargetUnreachable,
                $"The log ends before the recovery target{(last is { } time ? $"; the last transaction in it was committed at {Figures.Moment(time)}" : string.Empty)}.",
                "Choose an earlier target, or 'latest' for all there is.")
            { Subject = dataDirectory }
            : new DrException(
                DrError.RecoveryFailed,
                $"The server on {dataDirectory} {what}{(ServerLog.Fatal(text) is { } fatal ? $": {fatal}" : ".")}{(lines.Count > 0 ? Environment.NewLine + string.Join(Environment.NewLine, lines) : string.Empty)}",
                "The restored files are whole: see its log, and start it again when the cause is gone.")
            { Subject = dataDirectory };
    }
}
