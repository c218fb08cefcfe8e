using DrTools.Cli.CommandLine;

namespace DrTools.Cli.Json;

/// <summary>An error line on stderr.</summary>
internal sealed record ErrorDocument(ErrorInfo Error);

/// <summary>An error.</summary>
internal sealed record ErrorInfo(string Id, string Message, string? Remedy, int ExitCode, string? Source)
{
    public static ErrorInfo Of(ErrorReport report) =>
        new(report.Id, report.Message, report.Remedy, (int)report.ExitCode, report.Source);
}

/// <summary>A warning line on stderr.</summary>
internal sealed record WarningDocument(WarningInfo Warning);

/// <summary>A warning.</summary>
internal sealed record WarningInfo(string Message);
