using System.Net;
using System.Text;

namespace DrTools.Aws.Tests.Kms;

/// <summary>Answers every request to KMS with one error of its API, word for word as the API Reference has it: what moto cannot
/// be brought to say. It counts the requests.</summary>
internal sealed class KmsAnswers : IDisposable
{
    private readonly HttpListener _listener = new();
    private int _requests;

    public KmsAnswers(int status, string code, string message)
    {
        // The listener cannot choose a port by itself.
        using (var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Endpoint = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }

        _listener.Prefixes.Add(Endpoint + "/");
        _listener.Start();
        _ = AnswerAsync(status, Encoding.UTF8.GetBytes($$"""{"__type":"{{code}}","message":"{{message}}"}"""));
    }

    public string Endpoint { get; }

    public int Requests => Volatile.Read(ref _requests);

    public void Dispose() => _listener.Close();

    private async Task AnswerAsync(int status, byte[] body)
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            Interlocked.Increment(ref _requests);
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/x-amz-json-1.1";
            context.Response.ContentLength64 = body.Length;
            await context.Response.OutputStream.WriteAsync(body);
            context.Response.Close();
        }
    }
}
