using System.Diagnostics;
using DrTools.PostgreSql.Platform;

namespace DrTools.PostgreSql.Scratch;

/// <summary>
/// A server process that never outlives this one: a shell stands between them, ends the server when the pipe from here
/// closes (also when this process is killed), and then removes the folder.
/// </summary>
/// <remarks>A death signal (prctl PR_SET_PDEATHSIG) would fire when the thread ends that started the server, which a
/// pool's thread may at any time.</remarks>
internal sealed class ScratchServer : IAsyncDisposable
{
    /// <summary>Arguments: folder, log, second folder or "", program, its arguments. What is asked for comes as lines: names of signals.</summary>
    private const string Watchdog =
        """
        trap '' INT QUIT HUP TSTP
        folder=$1 log=$2 sockets=$3
        shift 3
        exec 3<&0 </dev/null
        "$@" 3<&- >>"$log" 2>&1 &
        server=$!
        {
            while read -r word; do
                [ "$word" = done ] && exit 0
                kill -s "$word" "$server"
            done
            kill -s QUIT "$server"
            tries=0
            while kill -s 0 "$server" 2>&-; do
                sleep 1
                tries=$((tries + 1))
                [ "$tries" -gt 5 ] && kill -s KILL "$server"
            done
            if [ -p "$folder/wal/answers" ]; then
                exec 4<>"$folder/wal/answers"
                echo gone >&4
                sleep 1
            fi
            cd / && rm -rf -- "$folder"
            [ -z "$sockets" ] || rm -rf -- "$sockets"
        } <&3 >&- 2>&- &
        watch=$!
        exec 3<&-
        wait "$server"
        code=$?
        echo "$code"
        wait "$watch"
        exit "$code"
        """;

    private readonly Process _shell;
    private readonly Task<int> _exit;

    private ScratchServer(Process shell)
    {
        _shell = shell;
        _exit = ReadExitAsync(shell);
    }

    /// <summary>Ends with the server's exit code.</summary>
    public Task<int> Exit => _exit;

    /// <param name="program">The server.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">What is removed if this process dies.</param>
    /// <param name="log">File that the server's words go to.</param>
    /// <param name="account">The user to run as, if not this one.</param>
    public static ScratchServer Start(string program, IEnumerable<string> arguments, ScratchFolder folder, string log, Account? account) =>
        Start(program, arguments, folder.Path, folder.Sockets == folder.Path ? null : folder.Sockets, log, account);

    /// <param name="program">The server.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">What is removed if this process dies.</param>
    /// <param name="sockets">A second folder that is, if there is one.</param>
    /// <param name="log">File that the server's words go to.</param>
    /// <param name="account">The user to run as, if not this one.</param>
    public static ScratchServer Start(string program, IEnumerable<string> arguments, string folder, string? sockets, string log, Account? account)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Watchdog, "drtools-scratch", folder, log, sockets ?? string.Empty, program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("PG", StringComparison.Ordinal) || k.StartsWith("DRTOOLS", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["LC_ALL"] = "C";
        if (account is not null)
        {
            start.UserName = account.Name;
            start.Environment["HOME"] = folder;
        }

        return new ScratchServer(Process.Start(start)!);
    }

    /// <summary>Stops the server: fast, and where that takes too long, at once.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        await AskAsync("INT").ConfigureAwait(false);
        if (await Task.WhenAny(_exit, Task.Delay(patience)).ConfigureAwait(false) != _exit)
        {
            await AskAsync("QUIT").ConfigureAwait(false);
            if (await Task.WhenAny(_exit, Task.Delay(TimeSpan.FromSeconds(5))).ConfigureAwait(false) != _exit)
            {
                await AskAsync("KILL").ConfigureAwait(false);
                await _exit.ConfigureAwait(false);
            }
        }

        await LetGoAsync().ConfigureAwait(false);
    }

    /// <summary>Ends the server as a lost host would: nothing is written out, nobody is told.</summary>
    public async Task KillAsync()
    {
        await AskAsync("KILL").ConfigureAwait(false);
        await _exit.ConfigureAwait(false);
        await LetGoAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_exit.IsCompleted)
        {
            await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        }
        else
        {
            await LetGoAsync().ConfigureAwait(false);
        }

        _shell.Dispose();
    }

    private static async Task<int> ReadExitAsync(Process shell)
    {
        _ = shell.StandardError.ReadToEndAsync();
        var line = await shell.StandardOutput.ReadLineAsync().ConfigureAwait(false);
        return int.TryParse(line, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var code) ? code : -1;
    }

    private async Task LetGoAsync()
    {
        await AskAsync("done").ConfigureAwait(false);
        await _shell.WaitForExitAsync().ConfigureAwait(false);
    }

    private async Task AskAsync(string word)
    {
        try
        {
            await _shell.StandardInput.WriteLineAsync(word).ConfigureAwait(false);
            await _shell.StandardInput.FlushAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The watchdog is gone already, and so is the server.
        }
    }
}
