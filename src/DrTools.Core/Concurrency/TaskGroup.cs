using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace DrTools.Concurrency;

/// <summary>Tasks that make sense only together.</summary>
internal static class TaskGroup
{
    /// <summary>Waits for all; the first failure stops the others and is the one that is thrown.</summary>
    public static async Task AllOrNoneAsync(IEnumerable<Task> tasks, CancellationTokenSource stop)
    {
        Exception? first = null;
        var waiting = tasks.ToList();
        while (waiting.Count > 0)
        {
            var done = await Task.WhenAny(waiting).ConfigureAwait(false);
            waiting.Remove(done);
            try
            {
                await done.ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // A cancellation that follows a failure, or a channel closed by one, is not the cause.
                var cause = e is ChannelClosedException { InnerException: { } inner } ? inner : e;
                first = first is null || (first is OperationCanceledException && cause is not OperationCanceledException) ? cause : first;
                await stop.CancelAsync().ConfigureAwait(false);
            }
        }

        if (first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }
}
