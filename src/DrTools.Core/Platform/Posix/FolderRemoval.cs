namespace DrTools.Platform.Posix;

/// <summary>
/// Removes a folder with all it holds, following no link.
/// </summary>
/// <remarks>However deep it is, few folders are open: what lies too deep is first moved up to the top.</remarks>
internal static class FolderRemoval
{
    private const int DeepestOpen = 48;
    private static readonly int FolderFlags = Abi.ReadOnly | Abi.Directory | Abi.NonBlocking;

    /// <summary>Removes a folder by its name in an open folder.</summary>
    /// <returns>0, or a negated error number; something is left then.</returns>
    internal static int Remove(int parent, ReadOnlySpan<byte> name)
    {
        var top = Descriptor.OpenName(parent, name, FolderFlags);
        if (top < 0)
        {
            return top;
        }

        try
        {
            var lifted = 0;
            int before;
            do
            {
                before = lifted;
                _ = Descriptor.Seek(top, 0, Abi.SeekStart);
                var error = Empty(top, top, 0, ref lifted);
                if (error < 0)
                {
                    return error;
                }
            }
            while (lifted > before);
        }
        finally
        {
            Descriptor.Close(top);
        }

        return FolderEntries.Remove(parent, name, isFolder: true);
    }

    private static int Empty(int top, int folder, int depth, ref int lifted)
    {
        var names = new FolderNames();
        var error = names.Read(folder, new byte[16 * 1024]);
        for (var i = 0; i < names.Count && error >= 0; i++)
        {
            error = FolderEntries.Remove(folder, names[i], isFolder: false);
            if (error is -Errno.IsDirectory or -Errno.NotPermitted)
            {
                error = RemoveFolder(top, folder, names[i], depth, ref lifted);
            }
            else if (error == -Errno.NoEntry)
            {
                error = 0;
            }
        }

        return error;
    }

    private static int RemoveFolder(int top, int parent, ReadOnlySpan<byte> name, int depth, ref int lifted)
    {
        if (depth >= DeepestOpen)
        {
            return Lift(top, parent, name, ref lifted);
        }

        var fd = Descriptor.OpenName(parent, name, FolderFlags);
        if (fd < 0)
        {
            return fd;
        }

        try
        {
            // Its owner may have taken the right to write from himself. Failing that, the removal says so.
            if (FileStatus.OfDescriptor(fd, out var status) == 0 && (status.Permissions & 0x1C0) != 0x1C0)
            {
                _ = Metadata.SetPermissions(fd, 0x1C0);
            }

            var error = Empty(top, fd, depth + 1, ref lifted);
            if (error < 0)
            {
                return error;
            }
        }
        finally
        {
            Descriptor.Close(fd);
        }

        return FolderEntries.Remove(parent, name, isFolder: true);
    }

    private static int Lift(int top, int parent, ReadOnlySpan<byte> name, ref int lifted)
    {
        int error;
        do
        {
            lifted++;
            error = FolderEntries.Rename(
                parent, name, top, System.Text.Encoding.ASCII.GetBytes($".drtools-deep-{lifted}"));
        }
        while (error == -Errno.Exists);

        return error;
    }
}
