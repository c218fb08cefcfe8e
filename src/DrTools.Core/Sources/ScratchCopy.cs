using DrTools.Backup;
using DrTools.Repositories.Logs;

namespace DrTools.Sources;

/// <summary>A backup restored into a private folder, only to be checked.</summary>
public sealed record ScratchCopy
{
    /// <summary>The folder that the entries were restored into. Whoever checks may move it away or change it.</summary>
    public required string Folder { get; init; }

    /// <summary>The backup.</summary>
    public required BackupInfo Backup { get; init; }

    /// <summary>The log archive of its repository.</summary>
    public required LogArchive Logs { get; init; }

    /// <summary>Where further folders may be made, on the file system of <see cref="Folder"/>; their maker removes them.</summary>
    public required string Parent { get; init; }

    /// <summary>The user's assertions: queries that must return true.</summary>
    public IReadOnlyList<string> Assertions { get; init; } = [];

    /// <summary>Whether checks that take long are wanted too.</summary>
    public bool IsThorough { get; init; }

    /// <summary>Number of things done at once.</summary>
    public int Parallelism { get; init; } = 2;
}
