using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace DrTools.Benchmarks.S3;

/// <summary>
/// A way to the server that lets through so many bytes a second in each direction, over all connections: as a network does, which
/// carries what is sent and what is received at the same time. Where the server is on the same machine it shows what a tool would
/// take if the server's work were not on its clock.
/// </summary>
internal sealed class SlowLink : IDisposable
{
    private const int ChunkLength = 1 << 16;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly IPEndPoint _server;
    private readonly Pace _up;
    private readonly Pace _down;

    private SlowLink(IPEndPoint server, double bytesPerSecond)
    {
        (_server, _up, _down) = (server, new Pace(bytesPerSecond), new Pace(bytesPerSecond));
        _listener.Start();
        _ = Task.Run(AcceptAsync);
    }

    public string Endpoint => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <param name="endpoint">The server.</param>
    /// <param name="bytesPerSecond">How fast it is in each direction.</param>
    public static SlowLink To(string endpoint, double bytesPerSecond) => new(IPEndPoint.Parse(new Uri(endpoint).Authority), bytesPerSecond);

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                _ = Task.Run(() => CarryAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using var near = client;
        using var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        near.NoDelay = true;
        try
        {
            await far.ConnectAsync(_server, _stop.Token);
            await Task.WhenAll(CarryAsync(near, far, _up), CarryAsync(far, near, _down));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Either end has closed the connection.
        }
    }

    private async Task CarryAsync(Socket from, Socket to, Pace pace)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkLength);
        try
        {
            for (int read; (read = await from.ReceiveAsync(buffer.AsMemory(0, ChunkLength), _stop.Token)) > 0;)
            {
                await pace.WaitAsync(read, _stop.Token);
                for (var sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), _stop.Token);
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>When the next bytes may go.</summary>
    private sealed class Pace(double bytesPerSecond)
    {
        /// <summary>Timers are no finer.</summary>
        private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(3);

        private readonly Lock _lock = new();
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private TimeSpan _free;

        public Task WaitAsync(int bytes, CancellationToken cancellationToken)
        {
            TimeSpan wait;
            lock (_lock)
            {
                var now = _clock.Elapsed;
                _free = (_free > now ? _free : now) + TimeSpan.FromSeconds(bytes / bytesPerSecond);
                wait = _free - now;
            }

            return wait > Slack ? Task.Delay(wait, cancellationToken) : Task.CompletedTask;
        }
    }
}
