using System.Diagnostics;

namespace DrTools.Aws.S3;

/// <summary>
/// Runs requests: repeats what failed for a passing reason, each time after a longer wait of random length ("Exponential
/// backoff and jitter", AWS Architecture Blog), and leaves alone what cannot get better.
/// </summary>
internal sealed class S3Retry(S3Limits limits, S3Errors errors, TrafficCounter traffic)
{
    /// <summary>When the server was last given up, as a time stamp; 0 while it answers.</summary>
    private long _givenUpAt;

    /// <summary>Runs a call.</summary>
    /// <param name="call">What it is.</param>
    /// <param name="request">One attempt. Its clock's token ends it; it tells the clock of every progress.</param>
    /// <param name="isLastWord">Whether an attempt that has begun is not to be cancelled, because nobody could tell
    /// afterwards what has become of it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException">What went wrong.</exception>
    public async Task<S3Outcome<T>> RunAsync<T>(S3Call call, Func<StallClock, Task<T>> request, bool isLastWord, CancellationToken cancellationToken)
        where T : class
    {
        var started = Stopwatch.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var failure = await TryAsync(call, request, attempt, isLastWord ? CancellationToken.None : cancellationToken).ConfigureAwait(false);
            if (failure.Outcome is { } outcome)
            {
                return outcome;
            }

            var backoff = Backoff(attempt);
            if (!failure.Failure!.IsPassing || attempt >= limits.MaximumAttempts
                || Stopwatch.GetElapsedTime(started) + backoff > limits.RetryFor || IsGivenUp)
            {
                if (failure.Failure.Cause is S3Cause.Unreachable or S3Cause.Stalled)
                {
                    Volatile.Write(ref _givenUpAt, Stopwatch.GetTimestamp());
                }

                throw errors.Of(call, failure.Failure, attempt);
            }

            await Task.Delay(backoff, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether the server has just been given up. What follows a failure (a record of it, the end of a lease) is
    /// tried once then, so that a run ends in the stated time and not in a multiple of it.</summary>
    private bool IsGivenUp => Volatile.Read(ref _givenUpAt) is var at and not 0 && Stopwatch.GetElapsedTime(at) < limits.RetryFor;

    private async Task<(S3Outcome<T>? Outcome, S3Failure? Failure)> TryAsync<T>(S3Call call, Func<StallClock, Task<T>> request, int attempt, CancellationToken cancellationToken)
        where T : class
    {
        traffic.Request(call.Request, isRetry: attempt > 1);
        using var clock = new StallClock(limits.StallTimeout, cancellationToken);
        try
        {
            var value = await request(clock).ConfigureAwait(false);
            Volatile.Write(ref _givenUpAt, 0);
            return (new(value, null, attempt), null);
        }
        catch (Exception e) when (S3Failure.Covers(e) && !cancellationToken.IsCancellationRequested)
        {
            var failure = S3Failure.Of(e, clock.HasStalled);
            return failure.IsAnswer ? (new(null, failure.Cause, attempt), null) : (null, failure);
        }
        catch (Exception e) when (S3Failure.Covers(e))
        {
            // The SDK wraps a cancellation in one or the other exception of its own.
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
    }

    private TimeSpan Backoff(int attempt)
    {
        var longest = Math.Min(limits.LongestBackoff.TotalMilliseconds, limits.FirstBackoff.TotalMilliseconds * Math.Pow(2, attempt - 1));
        return TimeSpan.FromMilliseconds(longest * (0.5 + (Random.Shared.NextDouble() / 2)));
    }
}
