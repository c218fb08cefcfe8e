using DrTools.PostgreSql.Wal;

namespace DrTools.PostgreSql.Replication.Streaming;

/// <summary>Something that is worth saying while a receiver runs.</summary>
/// <param name="IsProblem">Whether something is wrong.</param>
/// <param name="Text">A sentence, with its remedy where there is one.</param>
public readonly record struct WalReceiverMessage(bool IsProblem, string Text);

/// <summary>Tells what changes in the reports of a receiver: a run of weeks says only this much.</summary>
public sealed class WalReceiverMessages
{
    private string? _problem;
    private bool _hasBegun;

    /// <summary>What a report has to say that the ones before did not; <see langword="null"/> for nothing.</summary>
    public WalReceiverMessage? Next(WalReceiverStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        if (status.Problem is { } problem)
        {
            // At the end the problem is told with the result.
            if (problem == _problem || status.State == WalReceiverState.Stopping)
            {
                return null;
            }

            _problem = problem;
            return new WalReceiverMessage(true, problem);
        }

        if (status.State != WalReceiverState.Streaming || (_hasBegun && _problem is null))
        {
            return null;
        }

        var text = _hasBegun ? $"It goes on from {status.Received} on timeline {status.Timeline}." : $"Receiving from {status.From} on timeline {status.Timeline}.";
        (_hasBegun, _problem) = (true, null);
        return new WalReceiverMessage(false, text);
    }
}
