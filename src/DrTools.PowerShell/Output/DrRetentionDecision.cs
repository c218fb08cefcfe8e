using DrTools.Backup;
using DrTools.Retention;

namespace DrTools.PowerShell;

/// <summary>What retention does with a backup.</summary>
public enum RetentionAction
{
    /// <summary>It stays.</summary>
    Keep,

    /// <summary>It is removed.</summary>
    Remove,
}

/// <summary>The fate of one backup, and why.</summary>
public sealed class DrRetentionDecision
{
    internal DrRetentionDecision(RetentionDecision decision) =>
        (Id, Source, Type, Started, Action, Reasons) = (
            decision.Candidate.Id,
            decision.Candidate.Source,
            decision.Candidate.Type,
            decision.Candidate.Started,
            decision.Keep ? RetentionAction.Keep : RetentionAction.Remove,
            decision.Reasons);

    /// <summary>The backup's id.</summary>
    public string Id { get; }

    /// <summary>What it is a backup of, with its host.</summary>
    public string Source { get; }

    /// <summary>Its type.</summary>
    public BackupType Type { get; }

    /// <summary>When it was started, UTC.</summary>
    public DateTimeOffset Started { get; }

    /// <summary>What is done with it.</summary>
    public RetentionAction Action { get; }

    /// <summary>Everything that keeps it, or why it goes.</summary>
    public IReadOnlyList<string> Reasons { get; }
}
