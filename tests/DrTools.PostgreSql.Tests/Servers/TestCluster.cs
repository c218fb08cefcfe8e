using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DrTools.PostgreSql.Connections;
using Npgsql;

namespace DrTools.PostgreSql.Tests.Servers;

/// <summary>A throwaway cluster on a socket of its own and a free port of loopback, removed with everything below its folder.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private Process? _server;
    private Task<string>? _log;

    private TestCluster(TestServer server, string folder, int port) => (Server, Folder, Port) = (server, folder, port);

    public TestServer Server { get; }

    /// <summary>A folder that the server's user owns; holds the data directory, sockets and whatever a test puts there.</summary>
    public string Folder { get; }

    public string DataDirectory => Path.Combine(Folder, "data");

    public int Port { get; }

    /// <summary>What follows <c>postgresql:</c> to reach it through its socket as postgres.</summary>
    public string SocketLocation => $"host={Folder} port={Port} user=postgres";

    public ServerAddress Address => ServerAddress.Parse(SocketLocation);

    public ServerAddress TcpAddress => ServerAddress.Parse($"//postgres@127.0.0.1:{Port}");

    public int ProcessId => _server!.Id;

    /// <summary>Whether the server that was started has ended.</summary>
    public bool HasEnded => _server is { HasExited: true };

    /// <summary>Makes a cluster and starts it.</summary>
    public static async Task<TestCluster> StartNewAsync(TestServer server, bool freshIdentity = false, string[]? initdb = null, params string[] settings)
    {
        var folder = NewFolder();
        var cluster = new TestCluster(server, folder, FreePort());
        server.Initialize(cluster.DataDirectory, freshIdentity, initdb ?? []);
        cluster.Configure(
            [
                "listen_addresses = '127.0.0.1'", $"port = {cluster.Port}", $"unix_socket_directories = '{folder}'", "fsync = off",
                "shared_buffers = 32MB", "max_connections = 30", "wal_level = replica", "max_wal_senders = 8", "logging_collector = off",
                "log_timezone = 'UTC'", "timezone = 'UTC'",
                .. settings,
            ]);
        File.AppendAllText(Path.Combine(cluster.DataDirectory, "pg_hba.conf"), "local replication all trust\nhost replication all 127.0.0.1/32 trust\n");
        await cluster.StartAsync();
        return cluster;
    }

    /// <summary>Wraps a data directory that something else made (a restored one). It is not started, and not removed.</summary>
    public static TestCluster At(TestServer server, string folder) => new(server, folder, FreePort());

    /// <summary>A folder under the temporary one that the server's user owns.</summary>
    public static string NewFolder()
    {
        var folder = Path.Combine(Path.GetTempPath(), "drtools-test-pg-" + Guid.NewGuid().ToString("N")[..8]);
        TestServer.Run("mkdir", "-m", "0700", folder);
        return folder;
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Adds lines to postgresql.conf; they count from the next start or reload.</summary>
    public void Configure(params string[] lines) =>
        File.AppendAllLines(Path.Combine(DataDirectory, "postgresql.conf"), lines);

    /// <summary>Starts it and waits until it accepts connections (or, with <paramref name="waitForReads"/> off, runs).</summary>
    public async Task StartAsync(bool waitForReads = true)
    {
        _server = TestServer.Start(
            Path.Combine(Server.Programs, "postgres"),
            ["-D", DataDirectory, "-p", $"{Port}", "-k", Folder]);
        _server.StandardInput.Close();
        _ = _server.StandardOutput.ReadToEndAsync();
        _log = _server.StandardError.ReadToEndAsync();
        var clock = Stopwatch.StartNew();
        while (waitForReads)
        {
            if (_server.HasExited)
            {
                throw new InvalidOperationException($"PostgreSQL {Server.Version} ended with {_server.ExitCode}: {await _log}");
            }

            try
            {
                await using var probe = await ConnectAsync();
                return;
            }
            catch (Exception e) when (e is DrException or NpgsqlException && clock.Elapsed < TimeSpan.FromSeconds(60))
            {
                await Task.Delay(50);
            }
        }
    }

    /// <summary>Stops it: SIGINT, fast shutdown.</summary>
    /// <returns>Its log since it was started.</returns>
    public async Task<string> StopAsync() => await EndAsync("INT");

    /// <summary>Ends it as a crash would: SIGQUIT, immediate shutdown without a checkpoint.</summary>
    public async Task<string> CrashAsync() => await EndAsync("QUIT");

    public Task<NpgsqlConnection> ConnectAsync(string database = "postgres") =>
        ServerConnection.OpenAsync(Address, null, database, TestContext.Current.CancellationToken);

    /// <summary>Runs statements, one call for each.</summary>
    public async Task ExecuteAsync(params string[] statements)
    {
        await using var connection = await ConnectAsync();
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>The first value of the first row.</summary>
    public async Task<T> QueryAsync<T>(string query, string database = "postgres")
    {
        await using var connection = await ConnectAsync(database);
        await using var command = new NpgsqlCommand(query, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false })
        {
            await EndAsync("QUIT");
        }

        // A test that fails half-way may dispose of it again.
        _server?.Dispose();
        _server = null;
        for (var attempt = 0; Directory.Exists(Folder); attempt++)
        {
            try
            {
                Directory.Delete(Folder, recursive: true);
            }
            catch (IOException) when (attempt < 20)
            {
                // Children of a server that crashed may still be writing.
                await Task.Delay(100);
            }
        }
    }

    private async Task<string> EndAsync(string signal)
    {
        using (var kill = Process.Start("kill", ["-s", signal, $"{ProcessId}"]))
        {
            await kill.WaitForExitAsync();
        }

        await _server!.WaitForExitAsync();
        return await _log!;
    }
}
