namespace DrTools.Aws.S3;

/// <summary>Ends a request that stands still: one that goes on, however slowly, is left alone.</summary>
internal sealed class StallClock : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _outer;
    private readonly TimeSpan _limit;

    public StallClock(TimeSpan limit, CancellationToken outer)
    {
        (_limit, _outer) = (limit, outer);
        _source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        _source.CancelAfter(limit);
    }

    public CancellationToken Token => _source.Token;

    public bool HasStalled => _source.IsCancellationRequested && !_outer.IsCancellationRequested;

    /// <summary>To be called with every byte that goes or comes.</summary>
    public void Progress() => _source.CancelAfter(_limit);

    public void Dispose() => _source.Dispose();
}
