namespace DrTools.Repositories.Journal;

/// <summary>Records how an operation failed, without ever standing in the way of the failure itself.</summary>
internal static class FailureRecord
{
    public static async ValueTask TryAppendAsync(Repository repository, RunRecord run, Exception failure)
    {
        try
        {
            await repository.Journal.AppendAsync(
                run with
                {
                    Outcome = failure is OperationCanceledException ? RunOutcome.Interrupted : RunOutcome.Failed,
                    ErrorId = failure is OperationCanceledException ? null : (failure as DrException)?.Error.ToString() ?? nameof(DrError.Unexpected),
                    Error = failure is OperationCanceledException ? null : failure.Message,
                },
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (DrException)
        {
            // The store is the likely cause of the failure that is being reported, and that one matters more.
        }
    }
}
