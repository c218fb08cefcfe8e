namespace DrTools.Drills.Subjects;

/// <summary>Something written at a known time, to see whether it comes back.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Written">When it was durable, UTC.</param>
internal readonly record struct Canary(int Id, DateTimeOffset Written);

/// <summary>The canaries of one source.</summary>
internal sealed class Canaries(TimeProvider time)
{
    private readonly List<Canary> _written = [];

    public IReadOnlyList<Canary> Written => _written;

    /// <summary>Writes one at each interval.</summary>
    /// <param name="duration">For how long.</param>
    /// <param name="interval">How often.</param>
    /// <param name="write">Writes the one of a number; durable when it ends.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task WriteAsync(TimeSpan duration, TimeSpan interval, Func<int, ValueTask> write, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        for (var next = TimeSpan.Zero; ; next += interval)
        {
            var pause = next - time.GetElapsedTime(start);
            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            }

            cancellationToken.ThrowIfCancellationRequested();
            var id = _written.Count + 1;
            await write(id).ConfigureAwait(false);
            _written.Add(new Canary(id, time.GetUtcNow()));
            if (next >= duration)
            {
                return;
            }
        }
    }

    /// <summary>What is missing.</summary>
    /// <param name="found">Numbers of those that came back.</param>
    /// <param name="happened">When the event happened.</param>
    public (int Lost, Canary? LastKept, Canary? FirstLost, TimeSpan Span) Compare(IReadOnlySet<int> found, DateTimeOffset happened)
    {
        var lost = _written.Where(c => !found.Contains(c.Id)).ToList();
        var kept = _written.Where(c => found.Contains(c.Id)).ToList();
        var from = kept.Count > 0 ? kept[^1].Written : _written[0].Written;
        return (lost.Count, kept.Count > 0 ? kept[^1] : null, lost.Count > 0 ? lost[0] : null, lost.Count > 0 ? happened - from : TimeSpan.Zero);
    }
}
