using System.Text;
using DrTools.Platform.Posix;
using DrTools.Sources;
using DrTools.Sources.Files;
using DrTools.Tests.Platform;
using DrTools.Trees;
using Xunit;

namespace DrTools.Tests.Sources.Files;

public sealed class FilesSourceTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Order_is_that_of_paths_and_the_root_comes_first()
    {
        _folder.Run("mkdir -p a/x 'a b' a.b; touch a/z a/x/y 'a b/c' a.b/c a-b $'\\xff' $'\\x01'");
        var tree = ReadTree.Of(_folder.Path);

        Assert.Equal(
            [".", "\\x01", "a", "a/x", "a/x/y", "a/z", "a b", "a b/c", "a-b", "a.b", "a.b/c", "\\xFF"], tree.Paths);
        Assert.Empty(tree.Entries[0].Path);
        for (var i = 1; i < tree.Entries.Count; i++)
        {
            Assert.True(TreePath.Compare(tree.Entries[i - 1].Path, tree.Entries[i].Path) < 0);
        }

        Assert.Empty(tree.Issues);
    }

    [Fact]
    public void Metadata_is_exact()
    {
        _folder.Run("""
            echo hello > file; chmod 4751 file; touch -d '1960-01-02 03:04:05.123456789Z' file
            setfattr -n user.b -v 2 file; setfattr -n user.a -v 1 file; ln -s ../to/nowhere link
            """);
        var tree = new ReadTree();
        using var disposing = new SessionHolder(tree.Open(_folder.Path));
        tree.Entries.AddRange(disposing.Session.ReadEntries(CancellationToken.None));
        var file = tree["file"];
        using (disposing.Session.Open(file))
        {
        }

        Assert.Equal(EntryKind.File, file.Kind);
        Assert.Equal(0x9E9u, file.Mode);
        Assert.Equal(6, file.Size);
        Assert.Equal(-315521754876543211, file.ModifiedNs);
        Assert.Equal(["user.a", "user.b"], file.Attributes!.Select(static a => Encoding.ASCII.GetString(a.Name)));
        Assert.Equal(["1", "2"], file.Attributes!.Select(static a => Encoding.ASCII.GetString(a.Value)));
        Assert.Equal("../to/nowhere", Encoding.ASCII.GetString(tree["link"].LinkTarget!));
        Assert.Equal(0, tree["link"].Size);
    }

    [Fact]
    public void Further_names_of_a_file_are_hard_links_to_the_first()
    {
        _folder.Run("mkdir d; echo x > b; ln b d/c; ln b a; echo y > other; ln other z");
        var tree = ReadTree.Of(_folder.Path);

        Assert.Equal(EntryKind.File, tree["a"].Kind);
        Assert.Equal(EntryKind.HardLink, tree["b"].Kind);
        Assert.Equal("a"u8.ToArray(), tree["b"].LinkTarget);
        Assert.Equal("a"u8.ToArray(), tree["d/c"].LinkTarget);
        Assert.Equal("other"u8.ToArray(), tree["z"].LinkTarget);
    }

    [Fact]
    public void Files_are_forgotten_once_all_their_names_were_met()
    {
        _folder.Run("touch a; ln a b; ln a c");
        var links = new HardLinks();
        var fd = Descriptor.OpenPath(Encoding.UTF8.GetBytes(_folder.At("a")), Abi.PathOnly);
        Assert.Equal(0, FileStatus.OfDescriptor(fd, out var status));
        Descriptor.Close(fd);

        Assert.Null(links.Meet(status, [1]));
        Assert.Equal([1], links.Meet(status, [2]));
        Assert.Equal(1, links.Count);
        Assert.Equal([1], links.Meet(status, [3]));
        Assert.Equal(0, links.Count);
    }

    [Fact]
    public void Holes_are_skipped_and_data_is_read_to_the_next_hole()
    {
        _folder.Run("""
            truncate -s 1G sparse
            printf first | dd of=sparse bs=1M seek=100 conv=notrunc status=none
            printf second | dd of=sparse bs=1M seek=500 conv=notrunc status=none
            """);
        var tree = new ReadTree();
        using var holder = new SessionHolder(tree.Open(_folder.At("sparse")));
        var entry = Assert.Single(holder.Session.ReadEntries(CancellationToken.None));
        using var content = holder.Session.Open(entry);
        var buffer = new byte[1 << 20];

        Assert.Equal(0, content.Read(buffer));
        Assert.Equal(100L << 20, content.SkipHole());
        Assert.Equal(0, content.SkipHole());
        var first = content.Read(buffer);
        Assert.StartsWith("first\0", Encoding.ASCII.GetString(buffer, 0, first), StringComparison.Ordinal);
        Assert.Equal(0, content.Read(buffer));
        Assert.Equal((400L << 20) - first, content.SkipHole());
        var second = content.Read(buffer);
        Assert.StartsWith("second\0", Encoding.ASCII.GetString(buffer, 0, second), StringComparison.Ordinal);
        Assert.Equal((524L << 20) - second, content.SkipHole());
        Assert.Equal(0, content.SkipHole());
        Assert.Equal(0, content.Read(buffer));
        Assert.True(content.IsUnchanged());
    }

    [Fact]
    public void A_single_file_is_one_entry_under_its_name()
    {
        _folder.Run("echo x > file; ln -s file link");
        foreach (var name in (string[])["file", "link"])
        {
            var tree = new ReadTree();
            using var holder = new SessionHolder(tree.Open(_folder.At(name)));
            var entry = Assert.Single(holder.Session.ReadEntries(CancellationToken.None));
            Assert.Equal("file", entry.DisplayPath);
            Assert.Equal("x\n", ReadTree.Text(holder.Session, entry));
        }
    }

    [Fact]
    public void A_missing_root_is_named()
    {
        var missing = Assert.Throws<DrException>(() => ReadTree.Of(_folder.At("none")));
        Assert.Equal(DrError.SourceMissing, missing.Error);
        Assert.Equal($"The source files:{_folder.At("none")} cannot be opened: No such file or directory.", missing.Message);
    }

    [Fact]
    public void The_repository_and_excluded_paths_are_left_out()
    {
        _folder.Run("mkdir -p repo/packs skip/deep keep; touch repo/packs/1 skip/deep/x keep/y; ln -s repo elsewhere");
        var tree = ReadTree.Of(
            _folder.Path, new FilesSourceOptions { Exclude = ["skip"] }, repository: _folder.At("elsewhere"));

        Assert.Equal([".", "elsewhere", "keep", "keep/y", "repo"], tree.Paths);
        Assert.Equal(
            new EntryIssue("repo", "This is the repository itself; its content is left out.", false),
            Assert.Single(tree.Issues));
    }

    [Fact]
    public void A_source_that_is_its_own_repository_is_refused()
    {
        var error = Assert.Throws<DrException>(() => ReadTree.Of(_folder.Path, repository: _folder.Path));
        Assert.Equal(DrError.BadUsage, error.Error);
    }

    [Fact]
    public void Sockets_are_remarked_on()
    {
        using var socket = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, 0);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(_folder.At("s")));
        var tree = ReadTree.Of(_folder.Path);
        Assert.Single(tree.Entries);
        Assert.Equal(("s", false), (tree.Issues.Single().Path, tree.Issues.Single().IsLoss));
    }

    [Fact]
    public void Other_file_systems_are_entered_or_not_as_asked_and_pseudo_ones_never()
    {
        Assert.SkipUnless(TestFolder.IsRoot, "Mounting needs the superuser.");
        _folder.Run("mkdir disk proc; mount -t tmpfs none disk; mount -t proc none proc; touch disk/file");
        try
        {
            var all = ReadTree.Of(_folder.Path);
            Assert.Equal([".", "disk", "disk/file", "proc"], all.Paths);
            Assert.Equal(
                new EntryIssue("proc", "A pseudo file system (proc) is mounted here; its content is left out.", false),
                Assert.Single(all.Issues));

            var one = ReadTree.Of(_folder.Path, new FilesSourceOptions { OneFileSystem = true });
            Assert.Equal([".", "disk", "proc"], one.Paths);
            Assert.All(one.Issues, static issue => Assert.False(issue.IsLoss));
        }
        finally
        {
            _folder.Run("umount disk proc");
        }
    }

    [Fact]
    public void What_cannot_be_read_is_a_loss_and_the_rest_is_read()
    {
        Assert.SkipUnless(TestFolder.IsRoot, "Only the superuser can become nobody.");
        _folder.Run("chmod 755 .; mkdir -m 700 closed; mkdir open; echo x > open/secret; chmod 600 open/secret; echo y > open/z");
        Unprivileged.Run(() =>
        {
            var tree = new ReadTree();
            using var holder = new SessionHolder(tree.Open(_folder.Path));
            tree.Entries.AddRange(holder.Session.ReadEntries(CancellationToken.None));

            Assert.Equal([".", "closed", "open", "open/secret", "open/z"], tree.Paths);
            Assert.Equal(
                new EntryIssue("closed", "It could not be read: Permission denied.", true), Assert.Single(tree.Issues));
            var error = Assert.Throws<EntryUnreadableException>(() => holder.Session.Open(tree["open/secret"]));
            Assert.Equal("It could not be opened: Permission denied.", error.Message);
            Assert.False(error.Vanished);
            Assert.Equal("y\n", ReadTree.Text(holder.Session, tree["open/z"]));
        });
    }

    [Fact]
    public void What_vanishes_is_remarked_on()
    {
        _folder.Run("touch a b; mkdir c; touch d");
        var tree = new ReadTree();
        using var holder = new SessionHolder(tree.Open(_folder.Path));
        foreach (var entry in holder.Session.ReadEntries(CancellationToken.None))
        {
            tree.Entries.Add(entry);
            if (entry.DisplayPath == "a")
            {
                _folder.Run("rm -r b c");
            }
        }

        Assert.Equal([".", "a", "d"], tree.Paths);
        Assert.Equal(["b", "c"], tree.Issues.Select(static issue => issue.Path));
        Assert.All(tree.Issues, static issue => Assert.Equal((false, "It was deleted during the backup."), (issue.IsLoss, issue.Problem)));

        _folder.Run("rm d");
        Assert.True(Assert.Throws<EntryUnreadableException>(() => holder.Session.Open(tree["d"])).Vanished);
    }

    [Fact]
    public void A_pipe_in_a_files_place_does_not_block()
    {
        _folder.Run("echo x > f");
        var tree = new ReadTree();
        using var holder = new SessionHolder(tree.Open(_folder.Path));
        tree.Entries.AddRange(holder.Session.ReadEntries(CancellationToken.None));
        _folder.Run("rm f; mkfifo f");
        Assert.Equal(
            "It was a regular file, and something else took its place.",
            Assert.Throws<EntryUnreadableException>(() => holder.Session.Open(tree["f"])).Message);
    }

    [Fact]
    public void A_change_while_reading_is_seen_and_a_fresh_file_is_racy()
    {
        _folder.Run("echo x > f");
        var tree = new ReadTree();
        var clock = new FixedClock();
        using var holder = new SessionHolder(tree.Open(_folder.Path, new FilesSourceOptions { Clock = clock }));
        tree.Entries.AddRange(holder.Session.ReadEntries(CancellationToken.None));
        var file = tree["f"];

        clock.Now = DateTimeOffset.UtcNow;
        using (var content = holder.Session.Open(file))
        {
            Assert.Equal(EntryFlags.Racy, file.Flags);
            Assert.True(content.IsUnchanged());
            _folder.Run("echo yy >> f");
            Assert.False(content.IsUnchanged());
        }

        clock.Now = DateTimeOffset.UtcNow.AddSeconds(3);
        using (holder.Session.Open(file))
        {
            Assert.Equal(EntryFlags.None, file.Flags);
            Assert.Equal(5, file.Size);
        }
    }

    [Fact]
    public void A_file_that_hides_its_size_is_refused()
    {
        var tree = new ReadTree();
        using var holder = new SessionHolder(tree.Open("/proc/sys/kernel/ostype"));
        var entry = Assert.Single(holder.Session.ReadEntries(CancellationToken.None));
        using var content = holder.Session.Open(entry);
        Assert.Throws<EntryUnreadableException>(() => content.Read(new byte[10]));
    }

    [Theory]
    [InlineData(30, 200)]
    [InlineData(300, 1)]
    public void Deep_trees_are_read_whole(int depth, int nameLength)
    {
        var name = Encoding.ASCII.GetBytes(new string('d', nameLength));
        DeepTree.Create(_folder.Path, depth, name);
        var tree = new ReadTree();
        using var holder = new SessionHolder(tree.Open(_folder.Path));
        tree.Entries.AddRange(holder.Session.ReadEntries(CancellationToken.None));

        Assert.Empty(tree.Issues);
        Assert.Equal(1 + (2 * depth), tree.Entries.Count);
        foreach (var file in tree.Entries.Where(static entry => entry.Kind == EntryKind.File))
        {
            Assert.Equal("x", ReadTree.Text(holder.Session, file));
        }
    }

    [Fact]
    public void A_folder_swapped_for_a_link_leads_no_backup_outside()
    {
        _folder.Run("mkdir -p tree/d outside; echo inside > tree/d/file; echo secret > outside/file; ln -s ../outside tree/x");
        var tree = new ReadTree();
        using var holder = new SessionHolder(tree.Open(_folder.At("tree")));
        tree.Entries.AddRange(holder.Session.ReadEntries(CancellationToken.None));
        var file = tree["d/file"];

        _folder.Run("mv tree/d tree/gone; ln -s ../outside tree/d");
        var error = Assert.Throws<EntryUnreadableException>(() => holder.Session.Open(file));
        Assert.Contains("symbolic link", error.Message, StringComparison.Ordinal);
        Assert.False(error.Vanished);
        _folder.Run("rm tree/d; mv tree/gone tree/d");

        using var swapping = new SwappingThread(_folder.At("tree"), "d", "x");
        for (var round = 0; round < 3000; round++)
        {
            foreach (var entry in holder.Session.ReadEntries(CancellationToken.None))
            {
                if (entry.Kind == EntryKind.File)
                {
                    Inside(holder.Session, entry);
                }
            }

            Inside(holder.Session, file);
        }

        static void Inside(SourceSession session, TreeEntry entry)
        {
            try
            {
                Assert.Equal("inside\n", ReadTree.Text(session, entry));
            }
            catch (EntryUnreadableException)
            {
            }
        }
    }

    private sealed class FixedClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class SessionHolder(SourceSession session) : IDisposable
    {
        public SourceSession Session => session;

        public void Dispose() => session.DisposeAsync().AsTask().Wait();
    }
}
