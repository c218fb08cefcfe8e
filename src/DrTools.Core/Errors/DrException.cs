namespace DrTools;

/// <summary>
/// An error that says what happened, to which object, and what to do about it.
/// </summary>
public sealed class DrException : Exception
{
    /// <summary>Creates an error.</summary>
    /// <param name="error">The stable identifier.</param>
    /// <param name="message">What happened, naming the object.</param>
    /// <param name="remedy">What to do next, as a sentence.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public DrException(DrError error, string message, string remedy, Exception? innerException = null)
        : base(message, innerException)
    {
        Error = error;
        Remedy = remedy;
    }

    /// <summary>The stable identifier.</summary>
    public DrError Error { get; }

    /// <summary>What to do next, as a sentence.</summary>
    public string Remedy { get; }

    /// <summary>The object of the repository or the path that the error is about, if there is one.</summary>
    public string? Subject { get; init; }
}
