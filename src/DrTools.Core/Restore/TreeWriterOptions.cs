using DrTools.Platform.Posix;
using DrTools.Sources;

namespace DrTools.Restore;

/// <summary>How a tree is written.</summary>
public sealed record TreeWriterOptions
{
    /// <summary>Whether entries that the target already has are replaced. What is replaced is kept until the restore
    /// has succeeded. A restore that resumes an interrupted one needs it.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Whether what is replaced is kept until then. Otherwise it goes at once, and the target must not be used before
    /// the restore has succeeded.</summary>
    internal bool KeepReplaced { get; init; } = true;

    /// <summary>Folders elsewhere that stand for paths of the tree; what is below such a path is written there. They
    /// must exist.</summary>
    public IReadOnlyDictionary<string, string> Mounts { get; init; } = new Dictionary<string, string>();

    /// <summary>Names of folders in the target that hold what an interrupted restore replaced, when this one carries it on.</summary>
    internal IReadOnlyList<byte[]> EarlierReplaced { get; init; } = [];

    /// <summary>Takes the names of all such folders whenever they change, before anything is moved into one.</summary>
    internal Action<IReadOnlyList<byte[]>> ReplacedChanged { get; init; } = _ => { };

    /// <summary>Whether what an interrupted restore left under temporary names is removed.</summary>
    internal bool RemoveTemporaries { get; init; }

    /// <summary>Whether to set owners and groups; by default when running as the superuser, who alone may.</summary>
    public bool RestoreOwner { get; init; } = LibC.EffectiveUser() == 0;

    /// <summary>Whether <see cref="TreeWriter.Finish"/> waits until everything is on disk.</summary>
    public bool Sync { get; init; } = true;

    /// <summary>Whether what is restored is read right afterwards, and should be in the page cache then.</summary>
    internal bool IsReadSoon { get; init; }

    /// <summary>Takes metadata that could not be restored. May be called from any thread.</summary>
    public required Action<EntryIssue> Report { get; init; }
}
