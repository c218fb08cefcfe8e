using DrTools.Stores;

namespace DrTools.Aws.S3;

/// <summary>What a request is charged as.</summary>
internal enum S3Request
{
    Put,
    Get,
    List,
    Delete,
}

/// <summary>Counts requests and bytes, from several threads.</summary>
internal sealed class TrafficCounter
{
    private readonly long[] _requests = new long[4];
    private long _retries;
    private long _up;
    private long _down;

    public StoreTraffic Now => new(
        Volatile.Read(ref _requests[(int)S3Request.Put]),
        Volatile.Read(ref _requests[(int)S3Request.Get]),
        Volatile.Read(ref _requests[(int)S3Request.List]),
        Volatile.Read(ref _requests[(int)S3Request.Delete]),
        Volatile.Read(ref _retries),
        Volatile.Read(ref _up),
        Volatile.Read(ref _down));

    public void Request(S3Request request, bool isRetry)
    {
        Interlocked.Increment(ref _requests[(int)request]);
        if (isRetry)
        {
            Interlocked.Increment(ref _retries);
        }
    }

    public void Sent(long bytes) => Interlocked.Add(ref _up, bytes);

    public void Received(long bytes) => Interlocked.Add(ref _down, bytes);
}
