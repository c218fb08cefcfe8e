using System.Security.Cryptography;
using System.Text;
using DrTools.Restore;
using DrTools.Sources;
using DrTools.Tests.Platform;
using DrTools.Trees;
using Xunit;

namespace DrTools.Tests.Restore;

public sealed class TreeWriterTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly List<EntryIssue> _issues = [];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("../x")]
    [InlineData("/etc/x")]
    [InlineData("a/../../x")]
    [InlineData("a//x")]
    [InlineData("./x")]
    [InlineData("x\0y")]
    [InlineData("")]
    public void Paths_that_leave_the_target_are_refused(string path)
    {
        using var writer = Open();
        AssertUnsafe(() => writer.CreateFile(File(path)));
        AssertUnsafe(() => writer.CreateSymbolicLink(Link(path, "x")));
        if (path.Length > 0)
        {
            AssertUnsafe(() => writer.CreateDirectory(Folder(path)));
            AssertUnsafe(() => writer.CreateHardLink(HardLink("y", path)));
        }

        Assert.Equal("./to\n", _folder.Run("find . -mindepth 1"));
    }

    [Fact]
    public void A_link_that_the_tree_brought_leads_nothing_outside()
    {
        _folder.Run("mkdir outside; echo old > outside/file");
        using var writer = Open(overwrite: true);
        writer.CreateSymbolicLink(Link("d", "../outside"));
        AssertUnsafe(() => writer.CreateFile(File("d/file")));
        AssertUnsafe(() => writer.CreateDirectory(Folder("d/sub")));
        AssertUnsafe(() => writer.CreateSymbolicLink(Link("d/link", "x")));
        AssertUnsafe(() => writer.CreateHardLink(HardLink("stolen", "d/file")));
        writer.Finish(success: true);
        Assert.Equal("./d\n", _folder.Run("cd to; find . -mindepth 1"));
        Assert.Equal("outside\noutside/file\nold\n", _folder.Run("find outside; cat outside/file"));
    }

    [Fact]
    public void A_link_that_the_target_has_is_replaced_and_not_followed()
    {
        _folder.Run("mkdir -p outside to; echo old > outside/file; chmod 700 outside; ln -s ../outside to/d; ln -s ../outside/file to/f; ln -s ../outside/file to/h");
        using (var writer = Open())
        {
            AssertError(DrError.TargetNotEmpty, () => writer.CreateDirectory(Folder("d")));
            AssertError(DrError.TargetNotEmpty, () => writer.CreateFile(File("f")));
            AssertError(DrError.TargetNotEmpty, () => writer.CreateSymbolicLink(Link("f", "x")));
            AssertUnsafe(() => writer.CreateFile(File("d/file")));
        }

        using (var writer = Open(overwrite: true))
        {
            writer.CreateDirectory(Folder("d"));
            Put(writer, "d/file", "new");
            Put(writer, "f", "new");
            writer.CreateHardLink(HardLink("h", "f"));
            Assert.Equal(_folder.At("to/.drtools-replaced"), writer.ReplacedFolder);
            Assert.Equal("d\nf\nh\n", _folder.Run("ls to/.drtools-replaced"));
            writer.Finish(success: true);
            Assert.Null(writer.ReplacedFolder);
        }

        Assert.Equal("old\n700\n", _folder.Run("cat outside/file; stat -c %a outside"));
        Assert.Equal("newnewnewd\nf\nh\n", _folder.Run("cat to/d/file to/f to/h; ls -A to"));
    }

    [Fact]
    public void A_folder_swapped_for_a_link_leads_no_restore_outside()
    {
        _folder.Run("mkdir -p to/d outside; chmod 711 outside; ln -s ../outside to/x");
        var refused = 0;
        using (var swapping = new SwappingThread(_folder.At("to"), "d", "x"))
        {
            for (var round = 0; round < 1000; round++)
            {
                using var writer = Open(overwrite: true);
                try
                {
                    Put(writer, $"d/{round}", "content");
                    writer.CreateSymbolicLink(Link($"d/l{round}", "x"));
                    writer.CreateDirectory(Folder($"d/s{round}"));
                    writer.CreateSpecial(new TreeEntry { Path = Bytes($"d/p{round}"), Kind = EntryKind.Fifo, Mode = 0x1A4 });
                    writer.Finish(success: false);
                }
                catch (DrException error) when (error.Error is DrError.UnsafePath or DrError.TargetFailure)
                {
                    refused++;
                }
            }

            Assert.True(swapping.Swaps > 100);
        }

        Assert.True(refused > 0);
        Assert.Equal("711\n", _folder.Run("ls -A outside; stat -c %a outside"));
    }

    [Fact]
    public void A_folder_that_is_swapped_before_the_end_does_not_pass_its_metadata_on()
    {
        _folder.Run("mkdir outside; chmod 711 outside");
        using var writer = Open();
        writer.CreateDirectory(Folder("d"));
        _folder.Run("mv to/d to/e; ln -s ../outside to/d");
        writer.Finish(success: true);
        Assert.Equal("711\n", _folder.Run("stat -c %a outside"));
        Assert.Equal("d", Assert.Single(_issues).Path);
    }

    [Fact]
    public void What_is_there_is_not_replaced_unasked()
    {
        _folder.Run("mkdir -p to/d; echo old > to/f; mkfifo to/p");
        using var writer = Open();
        var error = AssertError(DrError.TargetNotEmpty, () => writer.CreateFile(File("f")));
        Assert.Equal($"{_folder.At("to")} already has f.", error.Message);
        AssertError(DrError.TargetNotEmpty, () => writer.CreateDirectory(Folder("d")));
        AssertError(DrError.TargetNotEmpty, () => writer.CreateSpecial(new TreeEntry { Path = Bytes("p"), Kind = EntryKind.Fifo }));
        Put(writer, "new", "x");
        AssertError(DrError.TargetNotEmpty, () => writer.CreateHardLink(HardLink("f", "new")));
        Assert.Equal("old\n", _folder.Run("cat to/f"));
    }

    [Fact]
    public void What_is_replaced_is_kept_after_a_failure()
    {
        _folder.Run("mkdir -p to/d/deep to/keep; echo old > to/f; echo older > to/d/deep/g; echo mine > to/keep/other; ln -s /etc to/d/etc");
        using (var writer = Open(overwrite: true))
        {
            Put(writer, "d", "a file in the place of a folder");
            Put(writer, "f", "new");
            writer.CreateDirectory(Folder("keep"));
            writer.Finish(success: false);
            Assert.Equal(_folder.At("to/.drtools-replaced"), writer.ReplacedFolder);
        }

        Assert.Equal("older\nold\nmine\n", _folder.Run("cd to; cat .drtools-replaced/d/deep/g .drtools-replaced/f keep/other"));

        using (var writer = Open(overwrite: true))
        {
            Put(writer, "f", "newer");
            Assert.Equal(_folder.At("to/.drtools-replaced-2"), writer.ReplacedFolder);
            writer.Finish(success: true);
        }

        Assert.Equal("older\nnewer.drtools-replaced\nd\nf\nkeep\n", _folder.Run("cd to; cat .drtools-replaced/d/deep/g f; ls -A"));
    }

    [Fact]
    public void A_tree_that_holds_the_name_of_the_replaced_folder_gets_it()
    {
        _folder.Run("mkdir to; echo old > to/.a");
        using var writer = Open(overwrite: true);
        Put(writer, ".a", "new");
        writer.CreateDirectory(Folder(".drtools-replaced"));
        Put(writer, ".drtools-replaced/x", "y");
        Assert.Equal(_folder.At("to/.drtools-replaced-2"), writer.ReplacedFolder);
        Assert.Equal("old\n", _folder.Run("cat to/.drtools-replaced-2/.a"));
        writer.Finish(success: true);
        Assert.Equal("./.a\n./.drtools-replaced\n./.drtools-replaced/x\n", _folder.Run("cd to; find . -mindepth 1 | sort"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_without_commit_leaves_nothing(bool overwrite)
    {
        if (overwrite)
        {
            _folder.Run("mkdir to; echo old > to/f");
        }

        using var writer = Open(overwrite);
        using (var file = writer.CreateFile(File("f", 100)))
        {
            file.Write(0, new byte[50]);
        }

        Assert.Equal(overwrite ? "f\nold\n" : string.Empty, _folder.Run("ls -A to; cat to/* 2>/dev/null || true"));
    }

    [Fact]
    public void Pieces_may_come_in_any_order_from_several_threads_but_not_beyond_the_size()
    {
        var content = new byte[1_000_003];
        new Random(1).NextBytes(content);
        using var writer = Open();
        using (var file = writer.CreateFile(File("f", content.Length)))
        {
            Parallel.For(0, 101, part =>
            {
                var start = (100 - part) * 10_000;
                file.Write(start, content.AsSpan(start, Math.Min(10_000, content.Length - start)));
            });
            var error = AssertError(DrError.IntegrityFailure, () => file.Write(content.Length - 1, new byte[2]));
            Assert.Equal("The content of f reaches to byte 1000004, its size is 1000003.", error.Message);
            file.Commit();
        }

        Assert.Equal(content, System.IO.File.ReadAllBytes(_folder.At("to/f")));
    }

    [Fact]
    public void A_resumed_restore_finds_what_is_there_already()
    {
        _folder.Run("mkdir to; printf content > to/f; printf CONTENT > to/g; ln to/f to/shared; printf content > to/h; ln -s h to/l");
        var hash = SHA256.HashData("content"u8);
        using var writer = Open(overwrite: true);
        Assert.True(writer.Matches(File("h", 7), hash));
        Assert.False(writer.Matches(File("f", 7), hash));
        Assert.False(writer.Matches(File("g", 7), hash));
        Assert.False(writer.Matches(File("h", 8), hash));
        Assert.False(writer.Matches(File("l", 7), hash));
        Assert.False(writer.Matches(File("none", 7), hash));
        writer.Keep(File("h", 7));
        Assert.Equal("640 1000000001\n", _folder.Run("stat -c '%a %Y' to/h"));
    }

    [Fact]
    public void Missing_folders_above_an_entry_are_created()
    {
        using var writer = Open();
        Put(writer, "a/b/c", "x");
        writer.CreateDirectory(Folder("a/b"));
        writer.Finish(success: true);
        Assert.Equal("x700\n", _folder.Run("cat to/a/b/c; stat -c %a to/a/b"));
        Assert.Empty(_issues);
    }

    [Fact]
    public void A_full_disk_is_named_with_what_is_free_and_needed()
    {
        Assert.SkipUnless(TestFolder.IsRoot, "Mounting needs the superuser.");
        _folder.Run("mkdir to; mount -t tmpfs -o size=1m none to");
        try
        {
            using var writer = Open();
            using (var file = writer.CreateFile(File("big", 2 << 20)))
            {
                var error = AssertError(DrError.OutOfSpace, () => file.Write(0, new byte[2 << 20]));
                Assert.Equal(
                    $"No space is left in {_folder.At("to")} for big: 2097152 bytes are needed for it and 0 bytes are free.",
                    error.Message);
            }

            Assert.Equal(string.Empty, _folder.Run("ls -A to"));
        }
        finally
        {
            _folder.Run("umount to");
        }
    }

    [Fact]
    public void Attributes_that_the_file_system_refuses_are_reported()
    {
        using var writer = Open();
        var entry = File("f");
        entry.Attributes = [new ExtendedAttribute("nonsense.name"u8.ToArray(), [1])];
        using (var file = writer.CreateFile(entry))
        {
            file.Commit();
        }

        Assert.Equal(
            new EntryIssue("f", "Its extended attribute nonsense.name could not be restored: Operation not supported.", true),
            Assert.Single(_issues));
    }

    [Fact]
    public void Owners_that_are_not_restored_are_counted_and_set_ids_left_off()
    {
        using (var writer = TreeWriter.Open(
            _folder.At("to"), new TreeWriterOptions { Report = _issues.Add, RestoreOwner = false, Sync = false }))
        {
            var foreign = File("f");
            (foreign.UserId, foreign.Mode) = (12345, 0x9ED);
            using (var file = writer.CreateFile(foreign))
            {
                file.Commit();
            }

            writer.Finish(success: true);
        }

        Assert.Equal("755\n", _folder.Run("stat -c %a to/f"));
        Assert.Equal(2, _issues.Count);
        Assert.StartsWith("1 entries belong to the user", _issues[1].Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mkdir to")]
    [InlineData("mkdir to; chgrp 55 to; chmod 2777 to")]
    [InlineData("mkdir -p to; chgrp 55 to; chmod 2700 to")]
    [InlineData("mkdir to; chown 1234:55 to; chmod 2700 to")]
    [InlineData("mkdir -p to/d; chown 1234:55 to/d; chmod 2700 to to/d")]
    public void Owners_are_right_whoever_the_folder_belongs_to(string prepare)
    {
        Assert.SkipUnless(TestFolder.IsRoot, "Only root can give files away.");
        _folder.Run(prepare);
        using (var writer = Open(overwrite: true))
        {
            writer.CreateDirectory(Folder("d"));
            foreach (var folder in new[] { string.Empty, "d/" })
            {
                foreach (var (name, user, group) in new[] { ("a", 0u, 0u), ("b", 1234u, 0u), ("c", 0u, 55u), ("d1", 0u, 0u), ("e", 1234u, 55u) })
                {
                    var entry = File(folder + name);
                    (entry.UserId, entry.GroupId) = (user, group);
                    using var file = writer.CreateFile(entry);
                    file.Commit();
                }
            }

            writer.Finish(success: true);
        }

        const string Owners = "a 0 0\nb 1234 0\nc 0 55\nd1 0 0\ne 1234 55\n";
        Assert.Equal(Owners, _folder.Run("cd to; stat -c '%n %u %g' a b c d1 e"));
        Assert.Equal(Owners, _folder.Run("cd to/d; stat -c '%n %u %g' a b c d1 e"));
        Assert.Empty(_issues);
    }

    private static byte[] Bytes(string path) => Encoding.UTF8.GetBytes(path);

    private static TreeEntry File(string path, long size = 0) => new()
    {
        Path = Bytes(path),
        Kind = EntryKind.File,
        Mode = 0x1A0,
        Size = size,
        ModifiedNs = 1_000_000_001_000_000_000,
        UserId = DrTools.Platform.Posix.LibC.EffectiveUser(),
        GroupId = DrTools.Platform.Posix.LibC.EffectiveGroup(),
    };

    private static TreeEntry Folder(string path) => new() { Path = Bytes(path), Kind = EntryKind.Directory, Mode = 0x1C0 };

    private static TreeEntry Link(string path, string target) =>
        new() { Path = Bytes(path), Kind = EntryKind.SymbolicLink, LinkTarget = Bytes(target) };

    private static TreeEntry HardLink(string path, string first) =>
        new() { Path = Bytes(path), Kind = EntryKind.HardLink, LinkTarget = Bytes(first) };

    private static void Put(TreeWriter writer, string path, string content)
    {
        using var file = writer.CreateFile(File(path, content.Length));
        file.Write(0, Bytes(content));
        file.Commit();
    }

    private static DrException AssertError(DrError expected, Action action)
    {
        var error = Assert.Throws<DrException>(action);
        Assert.Equal(expected, error.Error);
        return error;
    }

    private static void AssertUnsafe(Action action) => AssertError(DrError.UnsafePath, action);

    private TreeWriter Open(bool overwrite = false) => TreeWriter.Open(
        _folder.At("to"), new TreeWriterOptions { Report = _issues.Add, Overwrite = overwrite, Sync = false });
}
