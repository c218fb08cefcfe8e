using System.Runtime.InteropServices;

namespace DrTools.PostgreSql.Platform;

/// <summary>Calls of the C library that .NET has no words for.</summary>
internal static unsafe partial class Native
{
    internal const int Interrupt = 2;
    internal const int Quit = 3;
    internal const int Killed = 9;

    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "geteuid")]
    internal static partial uint EffectiveUser();

    [LibraryImport(Library, EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int ChangeOwner(string path, uint user, uint group);

    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int process, int signal);

    [LibraryImport(Library, EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int MakePipe(string path, uint mode);

    [LibraryImport(Library, EntryPoint = "getpwnam_r", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int GetAccount(string name, AccountEntry* entry, byte* buffer, nint length, AccountEntry** found);

    [LibraryImport(Library, EntryPoint = "getpwuid_r")]
    internal static partial int GetAccountOfUser(uint user, AccountEntry* entry, byte* buffer, nint length, AccountEntry** found);
}

/// <summary>struct passwd of Linux's C libraries.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct AccountEntry
{
    internal byte* Name;
    internal byte* Password;
    internal uint User;
    internal uint Group;
    internal byte* Comment;
    internal byte* Home;
    internal byte* Shell;
}
