using DrTools.PostgreSql.Administration;
using DrTools.PostgreSql.Connections;
using DrTools.Sources;

namespace DrTools.Cli.Json;

/// <summary>What <c>archive enable</c> prints.</summary>
internal sealed record ArchivingDocument(
    string Source, bool DryRun, IReadOnlyList<SettingChangeDocument> Changes, bool RestartNeeded, LogSwitchDocument? Proof, double? DowntimeSeconds)
{
    public static ArchivingDocument Of(ServerAddress server, LogArchiveResult result, bool dryRun) => new(
        server.SourceName,
        dryRun,
        [.. result.Changes.Select(c => new SettingChangeDocument(c.Name, c.OldValue, c.NewValue, c.NeedsRestart))],
        dryRun ? result.Changes.Any(c => c.NeedsRestart) : result.RestartNeeded,
        result.Proof is { } proof ? LogSwitchDocument.Of(proof) : null,
        result.Restart is { } restart ? Scalars.Seconds(restart.Downtime) : null);
}

/// <summary>A setting that is, or would be, changed.</summary>
internal sealed record SettingChangeDocument(string Name, string OldValue, string NewValue, bool NeedsRestart);

/// <summary>What <c>archive switch</c> prints.</summary>
internal sealed record LogSwitchDocument(string Segment, string Lsn, DateTime SwitchedAt, double Seconds)
{
    public static LogSwitchDocument Of(LogSwitchResult result) => new(
        result.Segment, result.Position.ToString(), result.Switched.UtcDateTime, Scalars.Seconds(result.Duration));
}

/// <summary>What <c>restart</c> prints.</summary>
internal sealed record RestartDocument(string Source, bool DryRun, bool Passed, double? DowntimeSeconds, IReadOnlyList<SourceFindingDocument> Before, IReadOnlyList<SourceFindingDocument> After)
{
    public static RestartDocument Of(ServerAddress server, ServerRestartResult result) => new(
        server.SourceName, false, result.Passed, Scalars.Seconds(result.Downtime), SourceFindingDocument.Of(result.Before), SourceFindingDocument.Of(result.After));

    public static RestartDocument Plan(ServerAddress server, IReadOnlyList<SourceFinding> findings) => new(
        server.SourceName, true, findings.All(f => f.Severity != FindingSeverity.Error), null, SourceFindingDocument.Of(findings), []);
}
