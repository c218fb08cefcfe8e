using DrTools.Backup;
using DrTools.Plans;
using DrTools.Repositories;

namespace DrTools.Drills.Subjects;

/// <summary>What a subject of a drill is given.</summary>
internal sealed record SubjectContext
{
    /// <summary>The drill.</summary>
    public required DrillRequest Request { get; init; }

    /// <summary>The source, as the plan has it.</summary>
    public required PlannedSource Source { get; init; }

    /// <summary>The repository that the backup is in.</summary>
    public required Repository Repository { get; init; }

    /// <summary>What the plan calls it.</summary>
    public required string RepositoryName { get; init; }

    /// <summary>The backup.</summary>
    public required BackupInfo Backup { get; init; }

    /// <summary>A private folder, removed at the end of the drill.</summary>
    public required string Folder { get; init; }

    /// <summary>Makes the same choices whenever it is seeded the same.</summary>
    public required Random Random { get; init; }

    /// <summary>Keeps what is found.</summary>
    public required DrillRecorder Recorder { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Assertions of the service that may be asked of this source.</summary>
    public required IReadOnlyList<string> Assertions { get; init; }
}
