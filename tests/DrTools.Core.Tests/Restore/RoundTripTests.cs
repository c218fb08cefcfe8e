using System.Text;
using DrTools.Restore;
using DrTools.Tests.Platform;
using DrTools.Tests.Sources.Files;
using Xunit;

namespace DrTools.Tests.Restore;

/// <summary>Copies nasty trees and lets GNU tar, find and diff say whether the copy is the same.</summary>
public sealed class RoundTripTests : IDisposable
{
    private const string Nasty = """
        mkdir -p from/plain/sub from/empty from/readonly from/sticky; cd from
        echo hello > plain/hello; : > plain/nothing; head -c 300000 /dev/urandom > plain/random
        printf x > $'invalid-\xff\xfe'; printf y > $'new\nline'; printf z > $'\x01control'; printf b > 'back\slash'
        printf l > "$(printf 'n%.0s' {1..255})"; printf u > $'\u00fcn\u00efcode'
        ln plain/hello plain/sub/again; ln plain/hello 'a first name'
        ln -s nowhere dangling; ln -s /etc/passwd absolute; ln -s . circle; ln -s $'\xff/\n' bytes
        ln -s "$(printf 'l%.0s' {1..4000})" long
        truncate -s 1G sparse; printf one | dd of=sparse bs=1M seek=100 conv=notrunc status=none
        printf two | dd of=sparse bs=1M seek=700 conv=notrunc status=none
        truncate -s 1M hole; { cat plain/random; } > tail; truncate -s 2M tail
        mkfifo -m 640 pipe
        touch setuid; chmod 4755 setuid; touch setgid; chmod 2750 setgid; chmod 1777 sticky; mkdir -m 2775 group
        setfattr -n user.colour -v blue plain/hello; setfattr -n user.empty plain; setfattr -n user.big -v "$(printf 'v%.0s' {1..3000})" setgid
        setfacl -m u:1234:rwx,g:55:r plain/random; setfacl -m u:4321:rx plain/sub; setfacl -d -m u:77:rwx,o::- plain/sub
        touch -d '1901-12-14 01:02:03.987654321Z' old; touch -d '1969-12-31 23:59:59.5Z' eve; touch -d '2200-01-01 00:00:00.000000001Z' future
        touch -h -d '1999-09-09 09:09:09.999999999Z' dangling; touch -d '1980-01-01Z' pipe
        touch readonly/file; chmod 0444 readonly/file; chmod 0555 readonly; touch none; chmod 0000 none
        """;

    private const string NastyAsRoot = """

        mknod null c 1 3; mknod loop b 7 200; chmod 606 null; mknod big c 4000 1000000
        chown 1234:2345 plain/random setuid; chown -h 7:8 absolute; chown 4000000000:4000000001 empty; chmod u+s setuid
        setfattr -h -n trusted.link -v secret dangling; setfattr -n trusted.node -v n null; setfattr -n trusted.pipe -v p pipe
        cp /bin/true capable; setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 capable
        """;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_nasty_tree_comes_back_exactly()
    {
        MakeNasty();
        Assert.Empty(TreeCopy.Run(_folder.At("from"), _folder.At("to")));
        AssertSame();
    }

    [Fact]
    public void A_tree_comes_back_exactly_over_another_one()
    {
        MakeNasty();
        Assert.Empty(TreeCopy.Run(_folder.At("from"), _folder.At("to")));
        _folder.Run("""
            cd to; chmod 755 readonly; rm -r empty; echo file > empty; mkdir -p none.d old2; rm old; mkdir old; echo more >> plain/random
            setfattr -n user.alien -v 1 plain; setfacl -d -m u:99:rwx plain; rm dangling; ln -s /etc dangling; chmod 700 plain
            rmdir none.d old2; chmod 555 readonly
            """);
        Assert.Empty(TreeCopy.Run(_folder.At("from"), _folder.At("to"), new TreeWriterOptions { Report = _ => { }, Overwrite = true }));
        AssertSame();
    }

    [Fact]
    public void An_acl_that_the_target_would_pass_on_is_not_inherited()
    {
        _folder.Run("mkdir -p from/d/e to; echo x > from/f; echo y > from/d/g; mkfifo from/p; setfacl -d -m u:99:rwx to");
        Assert.Empty(TreeCopy.Run(_folder.At("from"), _folder.At("to")));
        AssertSame();
    }

    [Theory]
    [InlineData(30, 200)]
    [InlineData(300, 1)]
    public void Trees_deeper_than_a_path_can_say_come_back(int depth, int nameLength)
    {
        _folder.Run("mkdir from");
        DeepTree.Create(_folder.At("from"), depth, Encoding.ASCII.GetBytes(new string('d', nameLength)));
        Assert.Empty(TreeCopy.Run(_folder.At("from"), _folder.At("to")));
        AssertSame();
    }

    [Fact]
    public void The_unprivileged_restore_all_but_owners_and_devices_and_say_so()
    {
        Assert.SkipUnless(TestFolder.IsRoot, "Only the superuser can become nobody.");
        _folder.Run("""
            chmod 755 .; mkdir -p from/d; mkdir -m 777 to; echo x > from/d/f; chmod 4755 from/d/f; mknod from/null c 1 3
            chmod 555 from/d; touch -d '1990-01-01Z' from/d/f
            """);
        Unprivileged.Run(() =>
        {
            var issues = TreeCopy.Run(
                _folder.At("from"), _folder.At("to/sub"), new TreeWriterOptions { Report = _ => { }, RestoreOwner = true });
            Assert.Contains(issues, static i => i.Path == "d/f" && i.Problem == "Its owner could not be restored: Operation not permitted.");
            Assert.Contains(issues, static i => i.Path == "d/f" && i.Problem.Contains("set-user-id", StringComparison.Ordinal));
            Assert.Contains(issues, static i => i.Path == "null" && i.Problem == "The device was not created: only the superuser may do that.");
            Assert.All(issues, static issue => Assert.True(issue.IsLoss));
        });
        Assert.Equal("65534 755 631152000 f\n65534 555 x d\n", _folder.Run(
            "find to/sub/d -type f -printf '%U %m %Ts %f\\n' -o -name d -printf '%U %m x %f\\n' | sort -k 4r"));
    }

    private void MakeNasty() => _folder.Run(Nasty + (TestFolder.IsRoot ? NastyAsRoot : string.Empty));

    private void AssertSame()
    {
        // Folders' sizes and link counts are the file system's business.
        const string List = """
            find . \( -type d -printf '%P|%y|%m|%U|%G|%T@\0' \) -o -printf '%P|%y|%m|%U|%G|%s|%n|%T@|%l\0' | sort -z | tr '\0' '\n'
            """;
        Assert.Equal(_folder.Run("cd from;" + List), _folder.Run("cd to;" + List));

        // getfattr cannot name what lies deeper than a path can say.
        const string Attributes = "find . -print0 | { xargs -0 getfattr -h -d -m - -e hex 2>/dev/null || true; } | sort";
        Assert.Equal(_folder.Run("cd from;" + Attributes), _folder.Run("cd to;" + Attributes));

        // Content, holes, ACLs, attributes and the rest: the same archive to the byte. (Later sparse
        // formats write tar's process id into it.)
        const string Archive = """
            tar --format=posix --pax-option=exthdr.name=%d/x/%f,delete=atime,delete=ctime --sort=name --numeric-owner \
                --sparse-version=0.0 --sparse --acls --xattrs --xattrs-include='*' -cf - . | sha256sum
            """;
        Assert.Equal(_folder.Run("cd from;" + Archive), _folder.Run("cd to;" + Archive));
    }
}
