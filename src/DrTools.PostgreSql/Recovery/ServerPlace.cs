using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DrTools.PostgreSql.Platform;
using DrTools.PostgreSql.Scratch;

namespace DrTools.PostgreSql.Recovery;

/// <summary>Where a restored server listens.</summary>
/// <param name="Port">Its port.</param>
/// <param name="SocketFolder">The folder of its socket, if it has one.</param>
/// <param name="ConfiguredPort">The port that its configuration names, where another server of this host has that: as the
/// original has, beside which a copy was restored.</param>
public sealed record ServerPlace(int Port, string? SocketFolder, int? ConfiguredPort)
{
    /// <summary>Finds out where the server of a data directory would listen, and where it can.</summary>
    /// <exception cref="DrException"><see cref="DrError.RecoveryFailed"/>: its configuration cannot be read.</exception>
    internal static Task<ServerPlace> FindAsync(string dataDirectory, ServerPrograms programs, Account? account, CancellationToken cancellationToken) =>
        FindAsync(dataDirectory, dataDirectory, programs, account, cancellationToken);

    /// <summary>Finds it out by a configuration that is not yet in the data directory, but in a folder of its own.</summary>
    /// <exception cref="DrException"><see cref="DrError.RecoveryFailed"/>: it cannot be read.</exception>
    internal static async Task<ServerPlace> FindAsync(string configuration, string dataDirectory, ServerPrograms programs, Account? account, CancellationToken cancellationToken)
    {
        Task<string> Ask(string setting) => AskAsync(setting, configuration, programs, account, cancellationToken);
        var port = int.Parse(await Ask("port").ConfigureAwait(false), CultureInfo.InvariantCulture);
        var sockets = Words(await Ask("unix_socket_directories").ConfigureAwait(false));
        var addresses = Words(await Ask("listen_addresses").ConfigureAwait(false));
        var folder = sockets.Select(s => Path.GetFullPath(s, dataDirectory)).FirstOrDefault(s => !s.StartsWith('@'));
        return await IsTakenAsync(port, sockets, addresses, cancellationToken).ConfigureAwait(false)
            ? new ServerPlace(FreePort(), folder, port)
            : new ServerPlace(port, folder, null);
    }

    private static async Task<bool> IsTakenAsync(int port, IReadOnlyList<string> sockets, IReadOnlyList<string> addresses, CancellationToken cancellationToken)
    {
        // As the server does it: the lock beside the socket names a process, and that process is there.
        foreach (var folder in sockets)
        {
            var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $".s.PGSQL.{port}.lock"));
            if (File.Exists(file) && (FirstLine(file) is not { } line || (int.TryParse(line, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var process) && ProcessFacts.IsAlive(Math.Abs(process)))))
            {
                return true;
            }
        }

        foreach (var address in addresses)
        {
            foreach (var ip in await ResolveAsync(address, cancellationToken).ConfigureAwait(false))
            {
                if (!CanListen(ip, port))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static string? FirstLine(string file)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault()?.Trim() ?? string.Empty;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another user's server.
            return null;
        }
    }

    private static async Task<IReadOnlyList<IPAddress>> ResolveAsync(string address, CancellationToken cancellationToken)
    {
        switch (address)
        {
            case "*":
                return Socket.OSSupportsIPv6 ? [IPAddress.Any, IPAddress.IPv6Any] : [IPAddress.Any];
            case "0.0.0.0":
                return [IPAddress.Any];
            case "::":
                return [IPAddress.IPv6Any];
            default:
                try
                {
                    return await Dns.GetHostAddressesAsync(address, cancellationToken).ConfigureAwait(false);
                }
                catch (SocketException)
                {
                    // A name of the original's host: the server warns of it, and listens at the others.
                    return [];
                }
        }
    }

    private static bool CanListen(IPAddress address, int port)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = false;
            }

            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException e)
        {
            // An address of the original's host is not taken; it is not there.
            return e.SocketErrorCode != SocketError.AddressAlreadyInUse;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static List<string> Words(string setting) =>
        setting.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(w => w.Trim('"')).ToList();

    private static async Task<string> AskAsync(string setting, string dataDirectory, ServerPrograms programs, Account? account, CancellationToken cancellationToken)
    {
        // With -C in front it answers to root too.
        var start = ServerStart.StartInfo(programs.Server, ["-C", setting, "-D", dataDirectory], dataDirectory, account);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var value = await process.StandardOutput.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return process.ExitCode == 0 ? value.Trim() : throw new DrException(
            DrError.RecoveryFailed,
            $"The configuration of the restored server in {dataDirectory} cannot be read: {(await errors.ConfigureAwait(false)).Trim()}",
            "The restored files are whole: correct it by hand and start the server, or give the command that starts the service.")
        { Subject = dataDirectory };
    }
}
