using System.Diagnostics;
using System.Text;
using DrTools.PostgreSql.Connections;
using DrTools.PostgreSql.Platform;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Scratch;
using Npgsql;

namespace DrTools.PostgreSql.Demo;

/// <summary>The demo's production server: a real one with checksums and archiving, but on a private socket, and never
/// outliving this process.</summary>
internal sealed class DemoServer(ServerPrograms programs, Account? account, string folder) : IAsyncDisposable
{
    private const int Port = 5432;

    /// <summary>A socket's path has at most 107 bytes, of which the server's own name takes 14.</summary>
    private const int LongestSocketFolder = 92;

    private const int LinesShown = 6;

    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan RecoveryPatience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(25);

    private readonly ServerLog _log = new(Path.Combine(folder, "server.log"));
    private ScratchServer? _server;

    /// <summary>Its programs.</summary>
    public ServerPrograms Programs => programs;

    /// <summary>Its data directory.</summary>
    public string DataDirectory => Path.Combine(folder, "data");

    /// <summary>How to reach it.</summary>
    public ServerAddress Address { get; } = new() { Host = folder, Port = Port, User = "postgres" };

    /// <summary>Makes a cluster with page checksums, ready to archive.</summary>
    public async Task InitializeAsync(CancellationToken cancellationToken)
    {
        if (Encoding.UTF8.GetByteCount(folder) > LongestSocketFolder)
        {
            throw new DrException(DrError.BadUsage, $"The path {folder} is too long for a socket in it.", "Name another work folder (--workdir), with a shorter path.");
        }

        PrivateFiles.Enclose(folder);
        account?.TakeOver(folder, cancellationToken);
        await new FreshCluster(programs, account, folder).InitializeAsync(DataDirectory, cancellationToken, "--data-checksums").ConfigureAwait(false);
        await File.AppendAllLinesAsync(Path.Combine(DataDirectory, "postgresql.conf"), Settings().Select(s => ConfigurationText.Line(s.Name, s.Value)), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Starts it and waits until it answers.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _server = ScratchServer.Start(programs.Server, ["-D", DataDirectory], folder, null, Path.Combine(folder, "server.log"), account);
        await WaitAsync("select true", StartPatience, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until it has replayed its log and takes orders again.</summary>
    public Task WaitForRecoveryAsync(CancellationToken cancellationToken) => WaitAsync("select not pg_is_in_recovery()", RecoveryPatience, cancellationToken);

    /// <summary>Connects.</summary>
    public async Task<NpgsqlConnection> ConnectAsync(string database, CancellationToken cancellationToken)
    {
        var connection = await ServerConnection.OpenAsync(Address, null, database, cancellationToken).ConfigureAwait(false);
        await using var settings = new NpgsqlCommand("set timezone = 'UTC'; set datestyle = 'ISO'", connection);
        await settings.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return connection;
    }

    /// <summary>Ends it as a lost host would.</summary>
    public async Task KillAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.KillAsync().ConfigureAwait(false);
            await server.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Stops it, everything written out.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.StopAsync(StopPatience).ConfigureAwait(false);
            await server.DisposeAsync().ConfigureAwait(false);
        }
    }

    private IEnumerable<(string Name, string Value)> Settings()
    {
        // Private: nobody but this process and the server's user reaches it.
        yield return ("listen_addresses", string.Empty);
        yield return ("port", Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        yield return ("unix_socket_directories", folder);
        yield return ("unix_socket_permissions", "0700");
        yield return ("wal_level", "replica");

        // Needs a restart, unlike the command, which is set up later.
        yield return ("archive_mode", "on");
        yield return ("shared_buffers", "64MB");
        yield return ("max_connections", "30");
        yield return ("logging_collector", "off");
        yield return ("log_destination", "stderr");
        yield return ("lc_messages", "C");
        yield return ("log_timezone", "UTC");
        yield return ("timezone", "UTC");
        if (programs.MajorVersion >= 17)
        {
            yield return ("summarize_wal", "on");
        }
    }

    private async Task WaitAsync(string condition, TimeSpan patience, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            if (_server!.Exit.IsCompleted)
            {
                throw Failed($"ended with {await _server.Exit.ConfigureAwait(false)}");
            }

            try
            {
                var connection = await ConnectAsync("postgres", cancellationToken).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    await using var command = new NpgsqlCommand(condition, connection);
                    if ((bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!)
                    {
                        return;
                    }
                }
            }
            catch (Exception e) when (e is DrException { Error: DrError.ServerUnreachable } or NpgsqlException)
            {
                // Not up yet, or ending the connections that were there before it was promoted.
            }

            if (clock.Elapsed > patience)
            {
                throw Failed($"was not ready after {Figures.Duration(patience)}");
            }

            await Task.Delay(Look, cancellationToken).ConfigureAwait(false);
        }
    }

    private DrException Failed(string what)
    {
        var text = _log.ReadEnd();
        return new DrException(
            DrError.RecoveryFailed,
            $"The server in {folder} {what}{(ServerLog.Fatal(text) is { } fatal ? $": {fatal}" : ".")}{Environment.NewLine}{string.Join(Environment.NewLine, ServerLog.LastLines(text, LinesShown))}",
            "See its log; run the demo with --keep to look at what is there.")
        { Subject = DataDirectory };
    }
}
