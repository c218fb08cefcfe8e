using DrTools.Platform.Posix;
using DrTools.Trees;

namespace DrTools.Sources.Files;

/// <summary>What of a tree belongs to a backup, and who hears of what does not.</summary>
internal sealed class TreeScope(
    FilesSourceOptions options, IReadOnlyList<PathPattern> exclude, OwnFolders own, Action<EntryIssue> report)
{
    internal FilesSourceOptions Options => options;

    internal OwnFolders Own => own;

    internal bool IsExcluded(ReadOnlySpan<byte> path, bool isDirectory)
    {
        // A plain loop: this runs for every name of the tree.
        for (var i = 0; i < exclude.Count; i++)
        {
            if (exclude[i].IsMatch(path, isDirectory))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Something is missing from the backup.</summary>
    internal void ReportLoss(ReadOnlySpan<byte> path, string problem) =>
        report(new EntryIssue(TreePath.Display(path), problem, IsLoss: true));

    /// <summary>Something is remarkable, and nothing is missing.</summary>
    internal void ReportRemark(ReadOnlySpan<byte> path, string problem) =>
        report(new EntryIssue(TreePath.Display(path), problem, IsLoss: false));

    /// <summary>The extended attributes of a file; those that cannot be read are a loss.</summary>
    internal IReadOnlyList<ExtendedAttribute>? ReadAttributes(AttributedFile file, byte[] path) =>
        ExtendedAttributes.Read(file, (attribute, error) => ReportLoss(path, attribute.IsEmpty
            ? $"Its extended attributes could not be listed: {Errno.Text(error)}."
            : $"Its extended attribute {ExtendedAttributes.Display(attribute)} could not be read: {Errno.Text(error)}."));
}
