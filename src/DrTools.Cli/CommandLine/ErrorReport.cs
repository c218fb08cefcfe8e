namespace DrTools.Cli.CommandLine;

/// <summary>An error as it is printed.</summary>
/// <param name="Id">Its stable id.</param>
/// <param name="Message">What happened.</param>
/// <param name="Remedy">What to do next, where there is something to do.</param>
/// <param name="ExitCode">What the command ends with.</param>
/// <param name="Source">The source that it is about, when the command handles several.</param>
internal sealed record ErrorReport(string Id, string Message, string? Remedy, ExitCode ExitCode, string? Source = null)
{
    public static ErrorReport Of(DrException error) =>
        new(error.Error.ToString(), error.Message, error.Remedy, ExitCodes.Of(error.Error));

    public static ErrorReport BadUsage(string message, string remedy) =>
        new(nameof(DrError.BadUsage), message, remedy, ExitCode.BadUsage);

    public static ErrorReport Interrupted(string state) =>
        new("Interrupted", "Interrupted. " + state, null, ExitCode.Interrupted);

    public static ErrorReport Fault(Exception fault) => new(
        nameof(DrError.Unexpected),
        $"This is a fault in DrTools: {fault.GetType().FullName}: {fault.Message}",
        "Run it again with --verbose and report what it prints.",
        ExitCode.Failed);
}
