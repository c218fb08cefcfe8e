using DrTools.Platform.Posix;
using DrTools.Trees;

namespace DrTools.Sources.Files;

/// <summary>Puts what the kernel says of a file into an entry.</summary>
internal static class EntryReader
{
    internal static TreeEntry Create(byte[] path, EntryKind kind, in FileStatus status)
    {
        var entry = new TreeEntry { Path = path, Kind = kind, MayHaveOtherNames = status is { IsFile: true, Links: > 1 } };
        Refresh(entry, status);
        return entry;
    }

    internal static void Refresh(TreeEntry entry, in FileStatus status)
    {
        entry.Mode = status.Permissions;
        entry.UserId = status.UserId;
        entry.GroupId = status.GroupId;
        entry.Size = status.IsFile ? status.Size : 0;
        entry.ModifiedNs = status.ModifiedNs;
        entry.ChangedNs = status.ChangedNs;
    }
}
