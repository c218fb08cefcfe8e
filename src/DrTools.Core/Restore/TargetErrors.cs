using DrTools.Platform.Posix;
using DrTools.Trees;

namespace DrTools.Restore;

/// <summary>What goes wrong with a target, as errors that name the path and the way out.</summary>
internal sealed class TargetErrors(string target, int rootFd)
{
    internal DrException Failed(ReadOnlySpan<byte> path, int error, long needed = 0)
    {
        var shown = TreePath.Display(path);
        if (error is -Errno.NoSpace or -Errno.Quota)
        {
            var free = FileSystems.FreeBytes(rootFd) is { } bytes ? $"{bytes} bytes are free" : "its free space is unknown";
            var quota = error == -Errno.Quota ? " (a quota is used up)" : string.Empty;
            return new DrException(
                DrError.OutOfSpace,
                $"No space is left in {target} for {shown}{quota}: {needed} bytes are needed for it and {free}.",
                "Free space or restore to another file system; the restore can be resumed.") { Subject = shown };
        }

        return new DrException(
            DrError.TargetFailure,
            $"Cannot write {shown} in {target}: {Errno.Text(error)}.",
            "Check the target's file system and this user's rights, then resume the restore.") { Subject = shown };
    }

    internal static DrException Unsafe(ReadOnlySpan<byte> path, string why)
    {
        var shown = TreePath.Display(path);
        return new DrException(
            DrError.UnsafePath,
            $"The path {shown} {why}; nothing was written through it.",
            "Find out where this path comes from: no backup of an honest tree holds it, or someone changed the target meanwhile.")
        {
            Subject = shown,
        };
    }

    internal DrException Exists(ReadOnlySpan<byte> path)
    {
        var shown = TreePath.Display(path);
        return new DrException(
            DrError.TargetNotEmpty,
            $"{target} already has {shown}.",
            "Restore into an empty folder, or allow what is there to be replaced.") { Subject = shown };
    }
}
