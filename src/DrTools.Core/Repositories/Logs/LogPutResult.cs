namespace DrTools.Repositories.Logs;

/// <summary>How a log got into a repository.</summary>
public enum LogPutOutcome
{
    /// <summary>It was stored, and is durable.</summary>
    Stored,

    /// <summary>It was there already, with the same content.</summary>
    AlreadyThere,

    /// <summary>It is not there, or something else is.</summary>
    Failed,
}

/// <summary>What became of a log in one repository.</summary>
/// <param name="Location">The repository.</param>
/// <param name="Outcome">How it went.</param>
/// <param name="StoredBytes">What was stored, bytes; 0 if nothing was.</param>
/// <param name="Error">Why it failed, if it did.</param>
public sealed record LogPutResult(string Location, LogPutOutcome Outcome, long StoredBytes, DrException? Error);
