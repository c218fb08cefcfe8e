using DrTools.Platform.Posix;

namespace DrTools.Restore;

/// <summary>An open folder of the target, closed when nobody uses it any more.</summary>
internal sealed class TargetFolder
{
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
}
