using System.Collections.Concurrent;
using System.Globalization;
using DrTools.PostgreSql.Platform;

namespace DrTools.PostgreSql.Scratch;

/// <summary>
/// Feeds WAL to a recovering server from this process: the server's <c>restore_command</c> is a small script that asks
/// through a pipe. So no secret of a repository leaves this process, the server's user needs no access to it, and
/// segments that will be asked for next are fetched meanwhile.
/// </summary>
internal sealed class WalFeed : IAsyncDisposable
{
    private const int Ahead = 4;
    private const string Folder = "wal";

    /// <summary>Exit codes above 125 end the recovery instead of meaning that there is no such file.</summary>
    private const string Script =
        """
        #!/bin/sh
        exec 3<>"${0%/*}/requests" 4<"${0%/*}/answers"
        echo "$1" >&3
        read -r answer <&4
        case $answer in
            have) exec mv -- "${0%/*}/$1" "$2" ;;
            none) exit 1 ;;
        esac
        exit 200

        """;

    private readonly string _folder;
    private readonly IWalSupply _supply;
    private readonly int _segmentSize;
    private readonly Account? _account;
    private readonly FileStream _requests;
    private readonly FileStream _answers;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, Task<bool>> _fetched = new(StringComparer.Ordinal);
    private readonly Task _serving;
    private long _served;

    private WalFeed(string folder, IWalSupply supply, int segmentSize, Account? account)
    {
        (_folder, _supply, _segmentSize, _account) = (folder, supply, segmentSize, account);

        // Opened both ways, neither end waits for the other, and the script sees the end when this process is gone.
        _requests = Open("requests");
        _answers = Open("answers");
        _serving = Task.Factory.StartNew(Serve, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
    }

    /// <summary>The <c>restore_command</c>.</summary>
    public string Command => Recovery.ConfigurationText.Command([Path.Combine(_folder, "fetch"), "%f", "%p"]);

    /// <summary>Number of files handed over.</summary>
    public long Served => Interlocked.Read(ref _served);

    /// <summary>The last file asked for.</summary>
    public string? LastRequest { get; private set; }

    /// <summary>What went wrong, which ended the recovery.</summary>
    public Exception? Failure { get; private set; }

    public static WalFeed Start(string scratch, IWalSupply supply, int segmentSize, Account? account)
    {
        var folder = Path.Combine(scratch, Folder);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        PrivateFiles.MakeFolder(folder);
        foreach (var pipe in (string[])["requests", "answers"])
        {
            if (Native.MakePipe(Path.Combine(folder, pipe), 0x180) != 0)
            {
                throw new DrException(DrError.TargetFailure, $"No pipe can be made in {folder}.", "Name a work folder on a local file system.");
            }
        }

        var script = Path.Combine(folder, "fetch");
        File.WriteAllText(script, Script);
        PrivateFiles.Enclose(script);
        account?.TakeOver(folder, CancellationToken.None);
        return new WalFeed(folder, supply, segmentSize, account);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);

        // Reading a pipe cannot be cancelled: it gets something to read.
        await _requests.WriteAsync("\n"u8.ToArray()).ConfigureAwait(false);
        await _requests.FlushAsync().ConfigureAwait(false);
        await _serving.ConfigureAwait(false);
        await Task.WhenAll(_fetched.Values.Cast<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _requests.DisposeAsync().ConfigureAwait(false);
        await _answers.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private FileStream Open(string pipe) => new(Path.Combine(_folder, pipe), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);

    private async Task Serve()
    {
        var line = new List<byte>();
        var buffer = new byte[256];
        while (!_stop.IsCancellationRequested)
        {
            var count = _requests.Read(buffer);
            foreach (var value in buffer.AsMemory(0, count).ToArray())
            {
                if (value != (byte)'\n')
                {
                    line.Add(value);
                    continue;
                }

                var name = System.Text.Encoding.ASCII.GetString([.. line]);
                line.Clear();
                if (name.Length > 0 && !_stop.IsCancellationRequested)
                {
                    await AnswerAsync(name).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task AnswerAsync(string name)
    {
        var answer = "fail\n"u8.ToArray();
        try
        {
            LastRequest = name;
            if (!IsName(name))
            {
                throw new DrException(DrError.RecoveryFailed, $"The server asked for '{name}', which is no file of a log.", "See the server's log.");
            }

            var has = await FetchAsync(name).ConfigureAwait(false);
            _fetched.TryRemove(name, out _);
            answer = has ? "have\n"u8.ToArray() : "none\n"u8.ToArray();
            if (has)
            {
                Interlocked.Increment(ref _served);
                var next = Following(name, _segmentSize);
                for (var i = 0; i < Ahead && next is not null; i++)
                {
                    _ = FetchAsync(next);
                    next = Following(next, _segmentSize);
                }
            }
        }
        catch (Exception e) when (e is DrException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            // The waiting operation finds it here when the server has ended for lack of the file.
            Failure ??= e;
        }

        await _answers.WriteAsync(answer).ConfigureAwait(false);
        await _answers.FlushAsync().ConfigureAwait(false);
    }

    private Task<bool> FetchAsync(string name) => _fetched.GetOrAdd(name, n => Task.Run(async () =>
    {
        var path = Path.Combine(_folder, n);
        var partial = path + ".part";
        File.Delete(partial);
        if (!await _supply.TryFetchAsync(n, partial, _stop.Token).ConfigureAwait(false))
        {
            return false;
        }

        if (n.Length == 24)
        {
            TablespaceGuard.Apply(partial);
        }

        _account?.TakeOverEntry(partial);
        File.Move(partial, path, overwrite: true);
        return true;
    }));

    /// <summary>The segment behind one, on the same timeline; <see langword="null"/> where it is not a segment.</summary>
    internal static string? Following(string name, int segmentSize)
    {
        if (name.Length != 24 || !ulong.TryParse(name.AsSpan(8, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var log)
            || !ulong.TryParse(name.AsSpan(16, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var segment))
        {
            return null;
        }

        var perLog = 0x1_0000_0000UL / (ulong)segmentSize;
        var number = (log * perLog) + segment + 1;
        return string.Create(CultureInfo.InvariantCulture, $"{name[..8]}{number / perLog:X8}{number % perLog:X8}");
    }

    private static bool IsName(string name) => name.Length is > 0 and <= 64 && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '.');
}
