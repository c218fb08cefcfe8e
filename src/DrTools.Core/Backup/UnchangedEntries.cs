using DrTools.Repositories.Manifests;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.Backup;

/// <summary>Finds the files of a source that stand as the parent has them, in walk order or in any other.</summary>
internal sealed class UnchangedEntries : IDisposable
{
    private readonly SourceSession _session;
    private readonly ParentCursor _cursor;

    private UnchangedEntries(SourceSession session, ParentCursor cursor) => (_session, _cursor) = (session, cursor);

    /// <returns><see langword="null"/> when every file has to be read.</returns>
    public static UnchangedEntries? Of(SourceSession session, ParentView? parent) =>
        parent is not null && session.DetectsChanges ? new UnchangedEntries(session, parent.NewCursor()) : null;

    /// <summary>The record of a file that has not changed; further ones come from <see cref="ReadContinuationAsync"/>.</summary>
    public ValueTask<ManifestRecord?> FindAsync(TreeEntry entry) => _session.IsOrdered
        ? _cursor.FindUnchangedAsync(entry, _session.IsUnchanged)
        : _cursor.SeekUnchangedAsync(entry, _session.IsUnchanged);

    public ValueTask<ManifestRecord> ReadContinuationAsync() => _cursor.ReadContinuationAsync();

    public void Dispose() => _cursor.Dispose();
}
