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
/// <param name="Hash">SHA-256 of the file's whole content, in the last record of a regular file.</param>
internal sealed record ManifestRecord(TreeEntry? Entry, Extent[] Extents, bool IsContinued, ContentHash Hash);
