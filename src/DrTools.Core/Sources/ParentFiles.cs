namespace DrTools.Sources;

/// <summary>A paged file of the parent that can be referred to as a whole.</summary>
/// <param name="Path">Its path in the tree.</param>
/// <param name="Size">Its size there, bytes.</param>
public readonly record struct ParentFile(byte[] Path, long Size);

/// <summary>What of an accepted parent can be referred to, for sources whose pages come from elsewhere only if they are
/// asked for beforehand (a stream that leaves out what has not changed).</summary>
public abstract class ParentFiles
{
    /// <summary>The paged files of which every page may be referred to, in walk order: none of them lies in a pack that is
    /// missing or to go, and every line of the manifest about them can be read.</summary>
    public abstract IAsyncEnumerable<ParentFile> ReadWholeAsync(CancellationToken cancellationToken);
}
