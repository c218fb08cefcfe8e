using DrTools.Content;
using DrTools.Trees;

namespace DrTools.Repositories.Manifests;

/// <summary>
/// A record of a manifest's body: an entry, or the continuation of the extents of the file before it (whose list is
/// divided so that a terabyte in one file takes no more memory than a gigabyte).
/// </summary>
/// <param name="Entry">The entry; <see langword="null"/> in a continuation.</param>
/// <param name="Extents">Where its content lies, or a part of it.</param>
/// <param name="IsContinued">Whether a continuation follows.</param>
/// <param name="Hash">SHA-256 of the file's whole content, in the last record of a regular file that is not paged.</param>
internal sealed record ManifestRecord(TreeEntry? Entry, Extent[] Extents, bool IsContinued, ContentHash Hash)
{
    /// <summary>Bytes per page of a paged file, a power of two; 0 for all else. Neither the extents of a paged file nor
    /// the file have hashes.</summary>
    public int PageSize { get; init; }

    /// <summary>Whether it is a paged file, or the continuation of one.</summary>
    public bool IsPaged => PageSize > 0;

    /// <summary>A record of a paged file.</summary>
    public static ManifestRecord Paged(TreeEntry? entry, Extent[] extents, bool isContinued, int pageSize) =>
        new(entry, extents, isContinued, default) { PageSize = pageSize };
}
