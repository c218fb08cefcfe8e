using System.Text.Json.Serialization;

namespace DrTools.Backup;

/// <summary>How much of a source was new in a backup, and how well that could be compressed: what later backups are compared
/// with.</summary>
/// <param name="Type">Type of the backup; only those of one type can be compared.</param>
/// <param name="Changed">New content as a share of the source's size; 1 of a full backup.</param>
/// <param name="Stored">What was stored as a share of the new content: near 1 for content that cannot be compressed.</param>
/// <param name="IsUnusual">Whether it was unusual itself; then it is no measure for others.</param>
public sealed record ChangeRate(
    BackupType Type,
    double Changed,
    double Stored,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool IsUnusual = false);
