using DrTools.Platform.Posix;

namespace DrTools.Restore;

/// <summary>An open folder of the target, closed when nobody uses it any more.</summary>
internal sealed class TargetFolder
{
    // No user and no group has the highest number.
    private const ulong Unknown = ulong.MaxValue;
    private const ulong Unsteady = ulong.MaxValue - 1;
    private const uint ForOthers = 0x3F;

    private ulong _ownerOfNew = Unknown;
    private int _users = 1;

    internal TargetFolder(int fd)
    {
        Fd = fd;
        InheritsAcl = ExtendedAttributes.HasDefaultAcl(fd);
    }

    internal int Fd { get; }

    /// <summary>What is created in it gets an ACL that the backup knows nothing of.</summary>
    internal bool InheritsAcl { get; }

    /// <summary>When it was last asked for, in calls.</summary>
    internal long LastUse { get; set; }

    /// <summary>Whether a file that was just created in it belongs to this owner already. Where nobody else can change
    /// what the folder passes on, new files belong to whoever the first one belongs to.</summary>
    internal bool GivesOwner(int newFile, uint user, uint group)
    {
        var owner = Volatile.Read(ref _ownerOfNew);
        if (owner == Unknown)
        {
            owner = FindOwnerOfNew(newFile);
            Volatile.Write(ref _ownerOfNew, owner);
        }

        return owner == Owner(user, group);
    }

    internal TargetFolder Retain()
    {
        Interlocked.Increment(ref _users);
        return this;
    }

    internal void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            Descriptor.Close(Fd);
        }
    }

    private ulong FindOwnerOfNew(int newFile) =>
        FileStatus.OfDescriptor(Fd, out var folder) == 0
        && folder.UserId == LibC.EffectiveUser() && (folder.Permissions & ForOthers) == 0
        && FileStatus.OfDescriptor(newFile, out var file) == 0
            ? Owner(file.UserId, file.GroupId)
            : Unsteady;

    private static ulong Owner(uint user, uint group) => ((ulong)user << 32) | group;
}
