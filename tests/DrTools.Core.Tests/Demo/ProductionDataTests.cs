using DrTools.Demo;
using DrTools.Demo.Production;
using DrTools.Platform.Posix;
using Xunit;

namespace DrTools.Tests.Demo;

public sealed class ProductionDataTests : IDisposable
{
    private static readonly DemoSize Small = new() { Customers = 50, Orders = 300, Folders = 5, FilesPerFolder = 4, LargeFileBytes = 10_000 };

    private readonly string _root = Directory.CreateTempSubdirectory("drtools-demo-data-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void The_same_seed_makes_the_same_database()
    {
        Assert.Equal(MakeDatabase("a", 1).Tables, MakeDatabase("b", 1).Tables);
        Assert.NotEqual(MakeDatabase("c", 1).Tables["orders"], MakeDatabase("d", 2).Tables["orders"]);
    }

    [Fact]
    public void The_same_seed_makes_the_same_tree()
    {
        var (a, b) = (MakeTree("a"), MakeTree("b"));

        Assert.Empty(a.CompareWith(b).Content);
        Assert.Empty(a.CompareWith(b).Added);
    }

    [Fact]
    public void The_tree_holds_what_breaks_simple_programs()
    {
        var entries = MakeTree("a").Entries;

        Assert.Contains(@"peculiar/caf\xE9 (Latin-1).txt", entries.Keys);
        Assert.Contains(@"peculiar/line\x0Abreak.txt", entries.Keys);
        Assert.Equal(0, entries["peculiar/empty"].Size);
        Assert.True(entries["peculiar/sparse.img"].IsSparse);
        Assert.Equal("peculiar/hard link 1", entries["peculiar/hard link 2"].SameFileAs);
        Assert.Equal(('l', "/no/such/place"), (entries["peculiar/link to nowhere"].Kind, entries["peculiar/link to nowhere"].Content));
    }

    [Fact]
    public void The_default_size_is_what_it_says()
    {
        var root = Directory.CreateDirectory(Path.Combine(_root, "whole")).FullName;
        OfficeTree.Create(root, new DemoSize { LargeFileBytes = 1000 }, 1, Stop);
        var snapshot = TreeSnapshot.Take(root, Stop);

        Assert.InRange(snapshot.Files, 370, 430);
        Assert.InRange(snapshot.Folders, 20, 24);
    }

    public void Dispose() => Assert.Equal(0, FolderRemoval.Remove(Abi.AtCurrentFolder, System.Text.Encoding.UTF8.GetBytes(_root)));

    private DatabaseSnapshot MakeDatabase(string name, int seed)
    {
        var path = Path.Combine(_root, name + ".db");
        using (var shop = ShopDatabase.Create(path, Small, seed, Stop))
        {
        }

        return DatabaseSnapshot.Take(path, Stop);
    }

    private TreeSnapshot MakeTree(string name)
    {
        var root = Directory.CreateDirectory(Path.Combine(_root, name)).FullName;
        OfficeTree.Create(root, Small, 7, Stop);
        return TreeSnapshot.Take(root, Stop);
    }
}
