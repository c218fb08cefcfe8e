using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DrTools.Aws.Tests.Faults;

/// <summary>
/// A server of HTTP on loopback that passes requests on to another and does to some of them what networks, servers and clocks do.
/// It keeps the <c>Host</c> that was signed.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly Uri _server;
    private readonly Func<ProxiedMessage, Fault> _rule;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, bool> _connections = new();
    private readonly ConcurrentDictionary<string, (string Head, byte[] Content)> _listings = new();
    private readonly ConcurrentDictionary<Fault, int> _counts = new();
    private readonly Task _accepting;

    /// <param name="server">The server behind it.</param>
    /// <param name="rule">What becomes of a request; called from several threads.</param>
    public FaultProxy(string server, Func<ProxiedMessage, Fault> rule)
    {
        (_server, _rule) = (new Uri(server), rule);
        _listener.Start();
        Endpoint = $"http://{_listener.LocalEndpoint}";
        _accepting = AcceptAsync();
    }

    /// <summary>Its own address.</summary>
    public string Endpoint { get; }

    /// <summary>Number of requests that a fault has met.</summary>
    public int Injected => _counts.Where(c => c.Key != Fault.None).Sum(c => c.Value);

    /// <summary>How often each fault was injected.</summary>
    public IReadOnlyDictionary<Fault, int> Counts => _counts;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await ((Task)_accepting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_connections.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var connection = ServeAsync(await _listener.AcceptSocketAsync(_stop.Token));
            _connections[connection] = true;
            _ = connection.ContinueWith(c => _connections.TryRemove(c, out _), TaskScheduler.Default);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var client = new MessageStream(socket);
        MessageStream? server = null;
        try
        {
            while (await client.ReadHeadAsync(_stop.Token) is { } head)
            {
                if (server is null)
                {
                    var behind = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    await behind.ConnectAsync(_server.Host, _server.Port, _stop.Token);
                    server = new MessageStream(behind);
                }

                if (!await ServeAsync(client, server, head))
                {
                    return;
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One of the two has gone, which is what this is about.
        }
        finally
        {
            server?.Dispose();
        }
    }

    /// <returns>Whether the connection goes on.</returns>
    private async Task<bool> ServeAsync(MessageStream client, MessageStream server, string head)
    {
        if (ProxiedMessage.HeaderOf(head, "Expect") is not null)
        {
            await client.WriteAsync("HTTP/1.1 100 Continue", default, _stop.Token);
        }

        var bare = new ProxiedMessage(head, []);
        var fault = _rule(bare);
        fault = Fits(fault, bare) ? fault : Fault.None;
        _counts.AddOrUpdate(fault, 1, (_, n) => n + 1);
        if (fault == Fault.Reset)
        {
            client.Reset();
            return false;
        }

        if (fault == Fault.ResetMidUpload)
        {
            var length = int.Parse(bare.Header("Content-Length") ?? "0", CultureInfo.InvariantCulture);
            await client.ReadAsync(length / 2, _stop.Token);
            client.Reset();
            return false;
        }

        var request = new ProxiedMessage(bare.Without("Expect"), await client.ReadContentAsync(head, _stop.Token));
        if (Refusal(fault, request) is { } refusal)
        {
            await AnswerAsync(client, request, refusal);
            return true;
        }

        switch (fault)
        {
            case Fault.Stall:
                await client.WaitForEndAsync(_stop.Token);
                return false;
            case Fault.OldListing when _listings.TryGetValue(request.Target, out var old):
                await client.WriteAsync(old.Head, old.Content, _stop.Token);
                return true;
            case Fault.FlippedUpload when request.Content.Length > 0:
                request.Content[request.Content.Length / 2] ^= 4;
                break;
        }

        await server.WriteAsync(request.Head, request.Content, _stop.Token);
        return await PassOnAsync(client, server, request, fault);
    }

    private async Task<bool> PassOnAsync(MessageStream client, MessageStream server, ProxiedMessage request, Fault fault)
    {
        string head;
        do
        {
            head = await server.ReadHeadAsync(_stop.Token) ?? throw new EndOfStreamException();
        }
        while (head.StartsWith("HTTP/1.1 1", StringComparison.Ordinal));
        var hasContent = request.Method != "HEAD" && !head.StartsWith("HTTP/1.1 204", StringComparison.Ordinal) && !head.StartsWith("HTTP/1.1 304", StringComparison.Ordinal);
        var content = hasContent ? await server.ReadContentAsync(head, _stop.Token) : [];
        if (hasContent)
        {
            head = WithLength(head, content.Length);
        }

        if (request.IsListing)
        {
            _listings.TryAdd(request.Target, (head, content));
        }

        switch (fault)
        {
            case Fault.LostAnswer:
                client.Reset();
                return false;
            case Fault.ServerErrorAfterwards:
                await AnswerAsync(client, request, (500, "InternalError", string.Empty));
                return true;
            case Fault.ResetMidDownload or Fault.StallMidDownload:
                await client.WriteAsync(head, content.AsMemory(0, content.Length / 2), _stop.Token);
                if (fault == Fault.ResetMidDownload)
                {
                    client.Reset();
                    return false;
                }

                await client.WaitForEndAsync(_stop.Token);
                return false;
            case Fault.Truncated when content.Length > 1:
                content = content[..(content.Length / 2)];
                head = WithLength(head, content.Length);
                break;
            case Fault.FlippedDownload when content.Length > 0:
                content[content.Length / 2] ^= 4;
                break;
        }

        await client.WriteAsync(head, content, _stop.Token);
        return true;
    }

    /// <summary>Whether a fault can meet a request.</summary>
    public static bool Fits(Fault fault, ProxiedMessage request) => fault switch
    {
        Fault.ResetMidUpload or Fault.FlippedUpload => request.Method == "PUT",
        Fault.Truncated or Fault.FlippedDownload => request is { IsContent: true, Method: "GET" },
        Fault.ResetMidDownload or Fault.StallMidDownload => request.Method == "GET",
        Fault.OldListing => request.IsListing,
        _ => true,
    };

    private static (int Status, string Code, string Headers)? Refusal(Fault fault, ProxiedMessage request) => fault switch
    {
        Fault.ServerError => (500, "InternalError", string.Empty),
        Fault.SlowDown => (503, "SlowDown", string.Empty),
        Fault.Throttled => (429, "TooManyRequests", string.Empty),
        Fault.ExpiredToken => (400, "ExpiredToken", string.Empty),
        Fault.ClockSkew => (403, "RequestTimeTooSkewed", $"Date: {DateTimeOffset.UtcNow.AddMinutes(20):R}\r\n"),
        Fault.NoSuchBucket => (404, "NoSuchBucket", string.Empty),
        Fault.OtherRegion => (301, "PermanentRedirect", "x-amz-bucket-region: eu-west-3\r\n"),
        Fault.Denied => (403, "AccessDenied", string.Empty),
        _ => null,
    };

    private async Task AnswerAsync(MessageStream client, ProxiedMessage request, (int Status, string Code, string Headers) answer)
    {
        var content = Encoding.UTF8.GetBytes($"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{answer.Code}</Code><Message>It was injected.</Message></Error>");
        var head = $"HTTP/1.1 {answer.Status} Injected\r\n{answer.Headers}Content-Type: application/xml\r\nContent-Length: {content.Length}";
        await client.WriteAsync(head, request.Method == "HEAD" ? default : content.AsMemory(), _stop.Token);
    }

    private static string WithLength(string head, int length)
    {
        var bare = new ProxiedMessage(new ProxiedMessage(head, []).Without("Transfer-Encoding"), []).Without("Content-Length");
        return $"{bare}\r\nContent-Length: {length}";
    }
}
