using System.Security.Cryptography;
using System.Text;
using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Restore;
using DrTools.Sources;
using DrTools.Sources.Files;
using DrTools.Tests.Platform;
using DrTools.Tests.Sources.Files;
using DrTools.Trees;
using Xunit;

namespace DrTools.Tests.Torture;

/// <summary>Bad input: a clear error with its remedy, and nothing lost.</summary>
public sealed class BadInputTests : IAsyncLifetime
{
    private readonly ShiftedTime _time = new();
    private TortureRepository _torture = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _torture = await TortureRepository.CreateAsync(time: _time);

    public ValueTask DisposeAsync() => _torture.DisposeAsync();

    [Fact]
    public async Task Locations_without_a_repository_say_so()
    {
        var factory = new RepositoryFactory(TimeProvider.System, 1000);
        foreach (var location in new[] { _torture.At("nowhere"), Directory.CreateDirectory(_torture.At("empty")).FullName })
        {
            var e = await Assert.ThrowsAsync<DrException>(() => factory.OpenAsync(location, RepositoryCredential.None, Cancel).AsTask());
            Assert.Equal(DrError.RepositoryMissing, e.Error);
            Assert.StartsWith($"There is no repository at {location}", e.Message, StringComparison.Ordinal);
            Assert.NotEmpty(e.Remedy);
        }

        using var credential = RepositoryCredential.FromPassphrase("x");
        var exists = await Assert.ThrowsAsync<DrException>(() => factory.CreateAsync(_torture.Location, credential, Cancel).AsTask());
        Assert.Equal(DrError.RepositoryExists, exists.Error);
    }

    [Fact]
    public async Task Wrong_secrets_are_told_from_missing_ones()
    {
        var e = await Assert.ThrowsAsync<DrException>(() => _torture.OpenAsync("wrong"));
        Assert.Equal(DrError.WrongKey, e.Error);
        Assert.Equal($"The passphrase does not open {_torture.Location}, which opens with a passphrase.", e.Message);
        e = await Assert.ThrowsAsync<DrException>(() => new RepositoryFactory().OpenAsync(_torture.Location, RepositoryCredential.None, Cancel).AsTask());
        Assert.Equal(DrError.KeyRequired, e.Error);
    }

    [Fact]
    public async Task A_newer_format_is_refused_by_its_version()
    {
        foreach (var copy in Headers())
        {
            var lines = (await File.ReadAllTextAsync(copy, Cancel)).Split('\n');
            var json = lines[0].Replace("\"version\":2", "\"version\":3,\"unheardOf\":[1,2]", StringComparison.Ordinal);
            await File.WriteAllTextAsync(copy, $"{json}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)))}\n{lines[2]}\n", Cancel);
        }

        var e = await Assert.ThrowsAsync<DrException>(() => _torture.OpenAsync());
        Assert.Equal(DrError.RepositoryNewerFormat, e.Error);
        Assert.Equal("The repository has format version 3; this DrTools reads up to version 2.", e.Message);
    }

    [Fact]
    public async Task Either_copy_of_the_header_serves_and_both_are_needed_for_none_to()
    {
        var headers = Headers();
        var whole = headers.Select(File.ReadAllBytes).ToList();
        for (var at = 0; at < whole[0].Length; at++)
        {
            var damaged = whole[0].ToArray();
            damaged[at] ^= 4;
            foreach (var copy in headers)
            {
                await File.WriteAllBytesAsync(copy, damaged, Cancel);
                await (await _torture.OpenAsync()).DisposeAsync();
                await File.WriteAllBytesAsync(copy, whole[0], Cancel);
            }
        }

        foreach (var copy in headers)
        {
            await File.WriteAllTextAsync(copy, "garbage", Cancel);
        }

        var e = await Assert.ThrowsAsync<DrException>(() => _torture.OpenAsync());
        Assert.Equal(DrError.RepositoryHeaderDamaged, e.Error);
        Assert.Contains("header/00000001.a, header/00000001.b", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_rotations_do_not_lock_each_other_out()
    {
        await using var other = await _torture.OpenAsync();
        await _torture.RotateAsync("new");
        using var third = RepositoryCredential.FromPassphrase("third");
        var e = await Assert.ThrowsAsync<DrException>(() => new RepositoryFactory(_time, 1000).RotateKeyAsync(other, third, Cancel).AsTask());
        Assert.Equal(DrError.ObjectExists, e.Error);
        await _torture.ReopenAsync("new");
        await _torture.RotateAsync(TortureRepository.Passphrase);
        await _torture.ReopenAsync();
        await _torture.AssertWholeAsync("rotated twice");
    }

    [Fact]
    public async Task A_missing_source_leaves_no_lease_and_a_record()
    {
        var tree = _torture.At("tree");
        var e = await Assert.ThrowsAsync<DrException>(() => _torture.BackUpAsync(tree));
        Assert.Equal(DrError.SourceMissing, e.Error);
        Directory.CreateDirectory(tree);
        await _torture.BackUpAsync(tree);
        var runs = await _torture.Repository.Journal.ReadAsync(10, Cancel);
        Assert.Equal(["SourceMissing", null], runs.Select(r => r.ErrorId));
        await _torture.AssertWholeAsync("after a missing source");
    }

    [Fact]
    public async Task A_clock_that_was_set_back_changes_neither_order_nor_retention()
    {
        var tree = new ChangingTree(_torture.At("tree"), 1, 10, 20_000);
        var ids = new List<string>();
        foreach (var days in new[] { 0, 40, -3, -400, 1 })
        {
            _time.Offset = TimeSpan.FromDays(days);
            tree.Change(3);
            var result = await _torture.BackUpAsync(tree.Root);
            if (days < 0)
            {
                Assert.Contains(result.Notes, n => n.Contains("still to come", StringComparison.Ordinal));
            }

            ids.Add(result.Backup.Id);
            Assert.Equal(ids.Count == 1 ? null : ids[^2], result.Backup.ParentId);
        }

        Assert.Equal(ids, (await _torture.ListAsync()).Select(b => b.Id));
        Assert.Equal(ids[^1], (await new BackupCatalog(_torture.Repository).FindAsync("latest", null, Cancel)).Id);
        _time.Offset = TimeSpan.FromDays(2);
        await _torture.ExpireAsync("last=1");
        Assert.Equal([ids[1], ids[^1]], (await _torture.ListAsync()).Select(b => b.Id));
        TreeDigest.AssertSame(TreeDigest.Of(tree.Root), await _torture.RestoreAndDigestAsync((await _torture.ListAsync())[^1]), "latest");
        await _torture.AssertWholeAsync("clocks");
    }

    [Fact]
    public async Task A_target_that_holds_something_is_refused_and_with_force_replaced()
    {
        var tree = new ChangingTree(_torture.At("tree"), 2, 20, 50_000);
        var backup = (await _torture.BackUpAsync(tree.Root)).Backup;
        var target = Directory.CreateDirectory(_torture.At("target")).FullName;
        var name = Path.GetFileName(Directory.GetFiles(tree.Root)[0]);
        await File.WriteAllTextAsync(Path.Combine(target, name), "old", Cancel);
        var e = await Assert.ThrowsAsync<DrException>(() => _torture.RestoreAsync(backup, target));
        Assert.Equal(DrError.TargetNotEmpty, e.Error);
        Assert.Equal(["old"], await File.ReadAllLinesAsync(Assert.Single(Directory.GetFiles(target)), Cancel));
        Assert.True((await _torture.RestoreAsync(backup, target, new RestoreOptions { Force = true })).Passed);
        TreeDigest.AssertSame(TreeDigest.Of(tree.Root), TreeDigest.Of(target), "forced");
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("/tmp/drtools-evil")]
    [InlineData("a/../../evil")]
    [InlineData("a//evil")]
    [InlineData("a/.")]
    [InlineData("nul\0evil")]
    [InlineData("out/evil")]
    public async Task A_manifest_that_would_leave_the_target_is_refused(string path)
    {
        // Sealed with the right key, by a source that is no honest one.
        var outside = Directory.CreateDirectory(_torture.At("outside")).FullName;
        var backup = (await _torture.BackUpAsync(new ForgedSource(outside, Encoding.UTF8.GetBytes(path)))).Backup;
        var target = _torture.At("inside/target");
        var e = await Assert.ThrowsAsync<DrException>(() => _torture.RestoreAsync(backup, target));
        Assert.Equal(DrError.UnsafePath, e.Error);
        Assert.Empty(Directory.GetFileSystemEntries(outside));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(_torture.Folder, "*evil*", SearchOption.AllDirectories), _ => true);
        Assert.False(File.Exists("/tmp/drtools-evil"));
    }

    [Fact]
    public async Task A_repository_inside_its_source_is_left_out()
    {
        await File.WriteAllTextAsync(_torture.At("file"), "content", Cancel);
        for (var i = 0; i < 3; i++)
        {
            var backup = (await _torture.BackUpAsync(_torture.Folder)).Backup;
            Assert.Contains(backup.Issues, issue => issue.Path == "repository" && !issue.IsLoss);
            Assert.False(backup.IsPartial);
            Assert.True(backup.Files <= 1 + i, $"{backup.Files} files");
        }

        var e = await Assert.ThrowsAsync<DrException>(() => _torture.BackUpAsync(_torture.Location));
        Assert.Equal(DrError.BadUsage, e.Error);
    }

    [Fact]
    public async Task Strange_trees_come_back()
    {
        using var folder = new TestFolder(Directory.CreateDirectory(_torture.At("strange")).FullName);
        folder.Run("""
            mkdir -p from/many; cd from
            printf x > $'invalid-\xff\xfe'; printf y > $'new\nline'; mkdir $'\xc3\x28'; printf z > $'\xc3\x28/\x80'; ln -s $'\xff' link
            ln $'invalid-\xff\xfe' $'again-\xfe'; : > empty; printf l > "$(printf 'n%.0s' {1..255})"; mkfifo pipe
            truncate -s SIZE sparse; printf one | dd of=sparse bs=1M seek=200 conv=notrunc status=none; printf end >> sparse
            seq 1 20000 | (cd many; awk '{ print $1 > ($1 ".txt"); close($1 ".txt") }')
            """.Replace("SIZE", TortureScale.IsLong ? "3G" : "300M", StringComparison.Ordinal));
        DeepTree.Create(folder.At("from"), 300, "d"u8.ToArray());
        DeepTree.Create(folder.At("from"), 20, Encoding.ASCII.GetBytes(new string('e', 250)));
        var backup = (await _torture.BackUpAsync(folder.At("from"))).Backup;
        Assert.False(backup.IsPartial, string.Join('\n', backup.Issues));
        Assert.True(backup.StoredBytes < 4 << 20, $"{backup.StoredBytes} bytes");
        var restored = await _torture.RestoreAsync(backup, folder.At("to"));
        Assert.True(restored.Passed, string.Join('\n', restored.Issues));
        const string list = @"find . \( -type d -printf '%P|%y|%m|%T@\0' \) -o -printf '%P|%y|%m|%s|%n|%T@|%l\0' | sort -z | sha256sum; find . -maxdepth 3 -type f ! -name sparse -print0 | sort -z | xargs -0 cat | sha256sum; du -s --apparent-size sparse; tail -c 4 sparse; dd if=sparse bs=1M skip=200 count=1 status=none | sha256sum";
        Assert.Equal(folder.Run("cd from;" + list), folder.Run("cd to;" + list));
        var next = (await _torture.BackUpAsync(folder.At("from"))).Backup;
        Assert.True(next.NewBytes == 0, $"{next.NewBytes} bytes of an unchanged tree are new.");
        Assert.True((await _torture.NewVerifier().VerifyAsync(next.Id, null, Cancel)).Passed);
    }

    private string[] Headers() => [.. Directory.GetFiles(Path.Combine(_torture.Location, "header")).Order(StringComparer.Ordinal)];

    /// <summary>A root, a link out of it, and a file of a path that nobody should write to.</summary>
    private sealed class ForgedSource(string outside, byte[] path) : ISource
    {
        public string Name => "files:/forged";

        public ValueTask<SourceSession> OpenAsync(SourceContext context, CancellationToken cancellationToken) => ValueTask.FromResult<SourceSession>(new Session(outside, path));

        public ValueTask<IReadOnlyList<SourceCheck>> CheckRestoredAsync(string restored, SourceFacts facts, CancellationToken cancellationToken) =>
            ValueTask.FromResult<IReadOnlyList<SourceCheck>>([]);

        private sealed class Session(string outside, byte[] path) : SourceSession
        {
            public override IEnumerable<TreeEntry> ReadEntries(CancellationToken cancellationToken) =>
            [
                new TreeEntry { Path = [], Kind = EntryKind.Directory, Mode = 0x1ED },
                new TreeEntry { Path = "out"u8.ToArray(), Kind = EntryKind.SymbolicLink, Mode = 0x1FF, LinkTarget = Encoding.UTF8.GetBytes(outside) },
                new TreeEntry { Path = path, Kind = EntryKind.File, Mode = 0x1A4, Size = 4 },
            ];

            public override SourceContent Open(TreeEntry entry) => new Content();
        }

        private sealed class Content : SourceContent
        {
            private bool _read;

            public override int Read(Span<byte> buffer)
            {
                if (_read)
                {
                    return 0;
                }

                _read = true;
                "evil"u8.CopyTo(buffer);
                return 4;
            }

            public override bool IsUnchanged() => true;
        }
    }
}
