using System.Globalization;
using DrTools.Drills.Actions;

namespace DrTools.Cli.Json;

/// <summary>What <c>action list</c> prints.</summary>
internal sealed record ActionsDocument(IReadOnlyList<ActionDocument> Actions);

/// <summary>An improvement action.</summary>
internal sealed record ActionDocument(
    string Id,
    string Service,
    string? Source,
    string? BackupId,
    string Title,
    string Problem,
    string? Remedy,
    string Status,
    string? Owner,
    string? DueOn,
    bool Overdue,
    string? Note,
    DateTime OpenedAt,
    DateTime LastSeenAt,
    int Reopened,
    DateTime? EndedAt,
    string? ClosedBy,
    IReadOnlyList<string> Drills)
{
    public static ActionDocument Of(ImprovementAction a) => new(
        a.Id,
        a.Service,
        a.Source,
        a.BackupId,
        a.Title,
        a.Problem,
        a.Remedy,
        Scalars.Word(a.Status),
        a.Owner,
        a.Due?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        a.IsOverdue,
        a.Note,
        a.Opened.UtcDateTime,
        a.LastSeen.UtcDateTime,
        a.Reopened,
        a.Ended?.UtcDateTime,
        a.ClosedBy,
        a.Drills);
}
