using System.Text;
using DrTools.Platform.Posix;
using Xunit;

namespace DrTools.Tests.Platform;

public sealed class TreeRootTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Paths_are_opened_beneath_the_root_and_links_are_not_followed(bool allowOpenAt2)
    {
        _folder.Run("mkdir -p root/a/b outside; touch root/a/b/f outside/f; ln -s ../outside root/out; ln -s b root/a/in; ln -s f root/a/b/l");
        using var root = new TreeRoot(
            Descriptor.OpenPath(Encoding.UTF8.GetBytes(_folder.At("root")), Abi.ReadOnly | Abi.Directory), allowOpenAt2);

        Assert.True(Opens(root, ""));
        Assert.True(Opens(root, "a"));
        Assert.True(Opens(root, "a/b/f"));
        Assert.False(Opens(root, "out/f"));
        Assert.False(Opens(root, "a/in/f"));
        Assert.False(Opens(root, "a/b/l"));
        Assert.False(Opens(root, "a/none"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Paths_longer_than_the_kernel_takes_are_opened(bool allowOpenAt2)
    {
        var name = Encoding.ASCII.GetBytes(new string('d', 200));
        Sources.Files.DeepTree.Create(_folder.Path, 45, name);
        using var root = new TreeRoot(
            Descriptor.OpenPath(Encoding.UTF8.GetBytes(_folder.Path), Abi.ReadOnly | Abi.Directory), allowOpenAt2);
        Assert.True(Opens(root, string.Join('/', Enumerable.Repeat(Encoding.ASCII.GetString(name), 44)) + "/z"));
    }

    [Fact]
    public void Times_before_1970_and_beyond_64_bits_convert()
    {
        Assert.Equal(-1, PosixTime.ToNanoseconds(-1, 999_999_999));
        Assert.Equal((-1L, 999_999_999L), (PosixTime.ToTimeSpec(-1).Seconds, PosixTime.ToTimeSpec(-1).Nanoseconds));
        Assert.Equal((-2L, 0L), (PosixTime.ToTimeSpec(-2_000_000_000).Seconds, PosixTime.ToTimeSpec(-2_000_000_000).Nanoseconds));
        Assert.Equal(long.MaxValue, PosixTime.ToNanoseconds(1L << 40, 0));
    }

    private static bool Opens(TreeRoot root, string path)
    {
        var fd = root.Open(Encoding.UTF8.GetBytes(path), Abi.ReadOnly);
        Descriptor.Close(fd);
        return fd >= 0;
    }
}
