using System.Text;
using DrTools.Platform.Posix;
using Xunit;

namespace DrTools.Tests.Sources.Files;

/// <summary>A chain of folders with a file <c>z</c> in each, deeper than a path can say.</summary>
internal static class DeepTree
{
    public static void Create(string root, int depth, byte[] name)
    {
        var folder = Descriptor.OpenPath(Encoding.UTF8.GetBytes(root), Abi.PathOnly);
        for (var level = 0; level < depth; level++)
        {
            Assert.Equal(0, FolderEntries.CreateFolder(folder, name, 0x1ED));
            var file = Descriptor.OpenName(folder, "z"u8, Abi.WriteOnly | Abi.Create, 0x1A4);
            Assert.Equal(0, Descriptor.Write(file, "x"u8, 0));
            Descriptor.Close(file);
            var next = Descriptor.OpenName(folder, name, Abi.PathOnly | Abi.Directory);
            Assert.True(next >= 0);
            Descriptor.Close(folder);
            folder = next;
        }

        Descriptor.Close(folder);
    }
}
