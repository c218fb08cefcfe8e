using Amazon.Runtime;

namespace DrTools.Aws.S3;

/// <summary>Connections of one store: its own, so that they end with it.</summary>
internal sealed class S3HttpClientFactory(S3Limits limits) : HttpClientFactory, IDisposable
{
    private readonly SocketsHttpHandler _handler = new()
    {
        ConnectTimeout = limits.ConnectTimeout,
        MaxConnectionsPerServer = limits.Connections,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),

        // Addresses of S3 change, and one that was slow should not be kept for a whole backup.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        AllowAutoRedirect = false,
        UseCookies = false,
    };

    private HttpClient? _client;

    /// <inheritdoc/>
    public override HttpClient CreateHttpClient(IClientConfig clientConfig)
    {
        lock (_handler)
        {
            // Time-outs are the store's own: they look at progress.
            return _client ??= new HttpClient(_handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        }
    }

    /// <inheritdoc/>
    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

    /// <inheritdoc/>
    public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

    /// <inheritdoc/>
    public void Dispose()
    {
        _client?.Dispose();
        _handler.Dispose();
    }
}
