using System.Text;
using DrTools.Backup;
using DrTools.Platform.Posix;
using Xunit;

namespace DrTools.Tests.Backup;

public sealed class WorkFolderTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("drtools-workfolder-").FullName;

    [Fact]
    public void Removes_names_that_are_not_utf8()
    {
        using (var work = WorkFolder.Create(_parent))
        {
            var inner = Directory.CreateDirectory(Path.Combine(work.Path, "inner")).FullName;
            byte[] name = [.. Encoding.UTF8.GetBytes(inner + "/caf"), 0xE9];
            var fd = Descriptor.OpenName(Abi.AtCurrentFolder, name, Abi.WriteOnly | Abi.Create | Abi.Exclusive, 0x180);
            Assert.True(fd >= 0);
            Descriptor.Close(fd);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_parent));
    }

    [Fact]
    public void Removal_does_not_mind_that_it_is_gone()
    {
        using var work = WorkFolder.Create(_parent);
        Directory.Delete(work.Path);
    }

    public void Dispose() => Directory.Delete(_parent, recursive: true);
}
