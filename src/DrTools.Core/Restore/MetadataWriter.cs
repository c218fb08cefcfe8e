using DrTools.Platform.Posix;
using DrTools.Sources;
using DrTools.Trees;

namespace DrTools.Restore;

/// <summary>
/// Gives restored entries their owner, attributes, permissions and times, in this order: a change of the owner takes
/// away set-user-id bits and capabilities, attributes cannot be set on a file without the right to write, and each of
/// them may move the time.
/// </summary>
internal sealed class MetadataWriter(TreeWriterOptions options)
{
    private const uint SetIds = 0xC00;
    private readonly uint _user = LibC.EffectiveUser();
    private readonly uint _group = LibC.EffectiveGroup();
    private long _ownersLeft;

    /// <summary>Applies an entry's metadata to an open file or folder.</summary>
    internal void Apply(int fd, TreeEntry entry, bool removeOtherAttributes, bool hasOwner = false)
    {
        var owned = options.RestoreOwner
            ? hasOwner || Check(entry, "Its owner", Metadata.SetOwner(fd, entry.UserId, entry.GroupId))
            : CountOwner(entry);
        WriteAttributes(new AttributedFile(fd), entry, removeOtherAttributes);
        Check(entry, "Its permissions", Metadata.SetPermissions(fd, SafeMode(entry, owned)));
        Check(entry, "Its time", Metadata.SetModified(fd, entry.ModifiedNs));
    }

    /// <summary>Applies an entry's metadata to a symbolic link, pipe or device.</summary>
    internal void ApplyToName(int folder, ReadOnlySpan<byte> name, TreeEntry entry, bool removeOtherAttributes)
    {
        if (options.RestoreOwner)
        {
            Check(entry, "Its owner", Metadata.SetOwnerOfName(folder, name, entry.UserId, entry.GroupId));
        }
        else
        {
            CountOwner(entry);
        }

        WriteAttributes(new AttributedFile(folder, name), entry, removeOtherAttributes);
        if (entry.Kind != EntryKind.SymbolicLink)
        {
            // Linux ignores the permissions of symbolic links.
            Check(entry, "Its permissions", Metadata.SetPermissionsOfNode(folder, name, entry.Mode & 0xFFF));
        }

        Check(entry, "Its time", Metadata.SetModifiedOfName(folder, name, entry.ModifiedNs));
    }

    /// <summary>Says once how many entries belong to the restoring user instead of their owners.</summary>
    internal void ReportOwners()
    {
        var count = Interlocked.Exchange(ref _ownersLeft, 0);
        if (count > 0)
        {
            Report([], $"{count} entries belong to the user who restored them, not to their owners: "
                + "only the superuser can give files away.");
        }
    }

    /// <summary>Reports metadata that is missing from the restored tree.</summary>
    internal void Report(ReadOnlySpan<byte> path, string problem) =>
        options.Report(new EntryIssue(TreePath.Display(path), problem, IsLoss: true));

    private void WriteAttributes(AttributedFile file, TreeEntry entry, bool removeOthers)
    {
        if (removeOthers || entry.Attributes is not null)
        {
            ExtendedAttributes.Write(file, entry.Attributes, removeOthers, (attribute, error) => Report(
                entry.Path,
                $"Its extended attribute {ExtendedAttributes.Display(attribute)} could not be restored: {Errno.Text(error)}."));
        }
    }

    /// <summary>A set-user-id program must never run as someone else than its owner.</summary>
    private uint SafeMode(TreeEntry entry, bool owned)
    {
        var mode = entry.Mode & 0xFFF;
        if (owned || (mode & SetIds) == 0 || entry.Kind != EntryKind.File)
        {
            return mode;
        }

        Report(entry.Path, "Its set-user-id and set-group-id bits were left off, because its owner could not be restored.");
        return mode & ~SetIds;
    }

    private bool CountOwner(TreeEntry entry)
    {
        if (entry.UserId == _user && entry.GroupId == _group)
        {
            return true;
        }

        Interlocked.Increment(ref _ownersLeft);
        return false;
    }

    private bool Check(TreeEntry entry, string what, int error)
    {
        if (error < 0)
        {
            Report(entry.Path, $"{what} could not be restored: {Errno.Text(error)}.");
        }

        return error >= 0;
    }
}
