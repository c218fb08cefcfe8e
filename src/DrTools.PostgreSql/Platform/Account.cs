using System.Runtime.InteropServices;
using System.Text;
using DrTools.Platform.Posix;

namespace DrTools.PostgreSql.Platform;

/// <summary>A user of this host.</summary>
/// <param name="Name">Login name.</param>
/// <param name="User">User id.</param>
/// <param name="Group">Id of the primary group.</param>
internal sealed record Account(string Name, uint User, uint Group)
{
    private const int BufferLength = 16 << 10;

    /// <summary>Whether this process runs as the superuser.</summary>
    public static bool IsRoot => !OperatingSystem.IsWindows() && Native.EffectiveUser() == 0;

    /// <summary>The user of this name, or <see langword="null"/> where there is none.</summary>
    public static unsafe Account? Find(string name)
    {
        AccountEntry entry;
        AccountEntry* found;
        var buffer = stackalloc byte[BufferLength];
        return Native.GetAccount(name, &entry, buffer, BufferLength, &found) == 0 && found is not null
            ? new Account(name, entry.User, entry.Group)
            : null;
    }

    /// <summary>The user with this id, or <see langword="null"/> where there is none.</summary>
    public static unsafe Account? Find(uint user)
    {
        AccountEntry entry;
        AccountEntry* found;
        var buffer = stackalloc byte[BufferLength];
        return Native.GetAccountOfUser(user, &entry, buffer, BufferLength, &found) == 0 && found is not null
            ? new Account(Marshal.PtrToStringUTF8((nint)entry.Name)!, entry.User, entry.Group)
            : null;
    }

    /// <summary>Whom a server is run as: this user, or, since PostgreSQL does not run as root, another one when this is root.</summary>
    /// <param name="user">The user that was named, if any; otherwise <c>postgres</c>, or else <c>nobody</c>.</param>
    /// <returns><see langword="null"/> for this user.</returns>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>: there is nobody to run it as.</exception>
    public static Account? ForServer(string? user)
    {
        if (!IsRoot)
        {
            return user is null || user == Environment.UserName ? null : throw new DrException(
                DrError.BadUsage, $"Only root can run a server as {user}.", "Leave the user out, or run as root.");
        }

        var account = user is not null ? Find(user) : Find("postgres") ?? Find("nobody");
        return account switch
        {
            null => throw new DrException(DrError.BadUsage, $"There is no user {user ?? "postgres"} to run the server as.", "Name a user of this host."),
            { User: 0 } => throw new DrException(DrError.BadUsage, "PostgreSQL does not run as root.", "Name another user."),
            _ => account,
        };
    }

    /// <summary>The first of the folders above a path that this user may not pass through, as far as their modes tell.</summary>
    public string? FirstClosed(string path)
    {
        var above = new List<string>();
        for (var folder = Path.GetFullPath(path); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            above.Add(folder);
        }

        above.Reverse();
        return above.FirstOrDefault(folder => !MayPass(folder));
    }

    /// <summary>Gives a folder and all it holds to this user, following no link.</summary>
    /// <exception cref="IOException">It cannot be done.</exception>
    public void TakeOver(string folder, CancellationToken cancellationToken)
    {
        TakeOverEntry(folder);
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entry is DirectoryInfo && entry.LinkTarget is null)
            {
                TakeOver(entry.FullName, cancellationToken);
            }
            else
            {
                TakeOverEntry(entry.FullName);
            }
        }
    }

    private bool MayPass(string folder)
    {
        const uint others = 1, group = 8, owner = 64;
        return FileStatus.OfName(Abi.AtCurrentFolder, Encoding.UTF8.GetBytes(folder), out var status) == 0
            && (status.Permissions & (status.UserId == User ? owner : status.GroupId == Group ? group : others)) != 0;
    }


    /// <summary>Gives one file, folder or link to this user.</summary>
    /// <exception cref="IOException">It cannot be done.</exception>
    public void TakeOverEntry(string path)
    {
        if (Native.ChangeOwner(path, User, Group) != 0)
        {
            throw new IOException($"{path} cannot be given to {Name}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
        }
    }
}
