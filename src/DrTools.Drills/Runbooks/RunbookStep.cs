using DrTools.Backup;

namespace DrTools.Drills.Runbooks;

/// <summary>A step of a runbook while it is done.</summary>
public sealed class RunbookStep
{
    private readonly List<DrillCheck> _checks = [];
    private readonly List<DrillNote> _notes = [];
    private readonly Action<RunbookStep, string?, RunbookFailure?> _end;

    internal RunbookStep(string name, DrillStep step, string by, TimeSpan? expected, DateTimeOffset started, long start, Action<RunbookStep, string?, RunbookFailure?> end) =>
        (Name, Step, By, Expected, Started, Start, _end) = (name, step, by, expected, started, start, end);

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>What it belongs to.</summary>
    public DrillStep Step { get; }

    /// <summary>Who does it.</summary>
    public string By { get; }

    /// <summary>How long it should take.</summary>
    public TimeSpan? Expected { get; }

    /// <summary>When it began, UTC.</summary>
    public DateTimeOffset Started { get; }

    internal long Start { get; }

    internal int PausesPassedOver { get; private set; }

    internal IReadOnlyList<DrillCheck> Checks => _checks;

    internal IReadOnlyList<DrillNote> Notes => _notes;

    /// <summary>Keeps what was checked in it.</summary>
    public void Check(DrillCheckKind kind, string? source, string name, DrillOutcome outcome, string detail, TimeSpan duration = default, bool isOptional = false) =>
        _checks.Add(new DrillCheck { Kind = kind, Source = source, Name = name, Outcome = outcome, Detail = detail, Duration = duration, IsOptional = isOptional });

    /// <summary>Keeps what somebody said.</summary>
    public void Note(DrillNote note) => _notes.Add(note);

    /// <summary>Keeps that it waited for nobody, because nobody was there.</summary>
    public void PassOverPause() => PausesPassedOver++;

    /// <summary>Ends it.</summary>
    /// <param name="detail">What was done, in figures.</param>
    /// <param name="failure">Why it failed; <see langword="null"/> when it did not.</param>
    public void Complete(string? detail, RunbookFailure? failure) => _end(this, detail, failure);

    /// <summary>Keeps what was restored in it: what is measured of the recovery point comes from that.</summary>
    internal List<RestoredBackup> Restored { get; } = [];

    /// <summary>Keeps that a backup was restored in it.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="repository">The repository that it was fetched from, by its location.</param>
    /// <param name="duration">How long it took.</param>
    /// <param name="shows">The moment that the recovered data is of, UTC: the start of the backup, or what was recovered to.</param>
    public void Restore(BackupInfo backup, string repository, TimeSpan duration, DateTimeOffset shows) => Restored.Add(new(backup, repository, duration, shows));
}

/// <summary>A backup that a step restored.</summary>
internal sealed record RestoredBackup(BackupInfo Backup, string Repository, TimeSpan Duration, DateTimeOffset Shows);
