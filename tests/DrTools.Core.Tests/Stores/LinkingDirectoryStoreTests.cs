using DrTools.Stores;

namespace DrTools.Tests.Stores;

/// <summary>The same promises where renameat2 cannot refuse to replace, as on NFS.</summary>
public sealed class LinkingDirectoryStoreTests : DirectoryStoreTests
{
    private protected override DirectoryStore Open()
    {
        var store = base.Open();
        if (OperatingSystem.IsLinux() && store.Folder is LinuxStoreFolder folder)
        {
            folder.RenameUnsupported = true;
        }

        return store;
    }
}
