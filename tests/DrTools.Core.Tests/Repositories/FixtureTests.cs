using System.Security.Cryptography;
using System.Text;
using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Manifests;
using DrTools.Restore;
using DrTools.Tests.Platform;
using DrTools.Trees;
using DrTools.Verification;
using Xunit;

namespace DrTools.Tests.Repositories;

/// <summary>A repository of format version 1, written once, stays readable to the last byte. What is expected here was
/// taken from the files that were backed up, and never changes.</summary>
public sealed class FixtureTests : IAsyncLifetime
{
    private const string Full = "20261121T041400Z-9c1c9269";
    private const string Database = "20261121T041402Z-bf1f497b";
    private const string Incremental = "20261121T041407Z-14ffa6b6";

    /// <summary>Kind, mode, owner, group, size, time, path, target, attributes, start of the hash.</summary>
    private const string FullEntries = """
        Directory 755 0:0 0 1767323045000000000 .
        File 644 0:0 9 1767323045000000000 caf\xE9 \xFF\xFE f8d4dd2ee48bc234
        SymbolicLink 777 0:0 0 936868149999999999 dangling -> nowhere/\xFF
        Directory 755 0:0 0 1767323045000000000 docs
        Directory 750 0:0 0 1767323045000000000 docs/deep
        File 644 0:0 14 1767323045000000000 docs/deep/again.txt 1ab1a2bb8502820a
        SymbolicLink 777 0:0 0 1767323045000000000 docs/deep/link -> ../hello.txt
        HardLink 644 0:0 0 1767323045000000000 docs/hello.txt -> docs/deep/again.txt
        File 644 0:0 0 -500000000 docs/nothing e3b0c44298fc1c14
        File 644 0:0 24 -2147468276012345679 docs/one aca75b1b9764cc31
        File 644 1234:2345 24 7258118400000000001 docs/two aca75b1b9764cc31
        Directory 755 0:0 0 1767323045000000000 empty
        File 644 0:0 5 1767323045000000000 naïve 3ad3031f5503a440
        File 644 0:0 6 1767323045000000000 noted [user.empty=][user.note=an attribute] 51715f41686be7e4
        File 644 0:0 798895 1767323045000000000 numbers 96cc6216d3206452
        Fifo 640 0:0 0 1767323045000000000 pipe
        File 4755 0:0 10 1767323045000000000 run.sh a8076d3d28d21e02
        File 644 0:0 3145728 1767323045000000000 sparse d649796907f74a1c
        """;

    private const string IncrementalEntries = """
        Directory 755 0:0 0 1770091506000000000 .
        File 644 0:0 9 1767323045000000000 caf\xE9 \xFF\xFE f8d4dd2ee48bc234
        SymbolicLink 777 0:0 0 936868149999999999 dangling -> nowhere/\xFF
        Directory 755 0:0 0 1770091506000000000 docs
        Directory 750 0:0 0 1767323045000000000 docs/deep
        File 644 0:0 20 1770091506000000000 docs/deep/again.txt ca7afc5122a92f76
        SymbolicLink 777 0:0 0 1767323045000000000 docs/deep/link -> ../hello.txt
        HardLink 644 0:0 0 1770091506000000000 docs/hello.txt -> docs/deep/again.txt
        File 644 0:0 0 -500000000 docs/nothing e3b0c44298fc1c14
        File 644 0:0 24 -2147468276012345679 docs/one aca75b1b9764cc31
        File 644 0:0 5 1767323045000000000 naïve 3ad3031f5503a440
        Directory 755 0:0 0 1770091506000000000 new
        File 644 0:0 4 1770091506000000000 new/file 7aa7a5359173d05b
        File 644 0:0 6 1767323045000000000 noted [user.empty=][user.note=an attribute] 51715f41686be7e4
        File 644 0:0 798921 1770091506000000000 numbers ea090e0f8aeb272d
        Fifo 640 0:0 0 1767323045000000000 pipe
        File 4755 0:0 10 1767323045000000000 run.sh a8076d3d28d21e02
        File 644 0:0 3145728 1767323045000000000 sparse d649796907f74a1c
        """;

    private readonly TestFolder _folder = new();
    private Repository _repository = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _folder.Run($"cp -r '{Path.Join(AppContext.BaseDirectory, "fixtures", "repository-v1", "repository")}' repository");
        using var passphrase = RepositoryCredential.FromPassphrase("correct horse battery staple");
        _repository = await new RepositoryFactory().OpenAsync(_folder.At("repository"), passphrase, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _repository.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task It_opens_only_with_its_passphrase()
    {
        Assert.Equal(
            ("a9857ecf-2838-4110-b043-50979bc23897", 1, "passphrase", new DateTime(2026, 11, 21)),
            (_repository.Id.ToString(), _repository.FormatVersion, _repository.KeyProtection, _repository.CreatedAt.UtcDateTime.Date));
        using var wrong = RepositoryCredential.FromPassphrase("correct horse battery stapler");
        var e = await Assert.ThrowsAsync<DrException>(() => new RepositoryFactory().OpenAsync(_folder.At("repository"), wrong, Token).AsTask());
        Assert.Equal(DrError.WrongKey, e.Error);
    }

    [Fact]
    public async Task It_lists_its_backups()
    {
        var backups = await new BackupCatalog(_repository).ListAsync(new BackupFilter(), Token);
        Assert.Equal(
            [
                (Full, "files:/srv/fixture/tree", "fixture", BackupType.Full, 1L, null, Full, "the first", 11L, 4L, 3L, 3944715L, 3141632L, null),
                (Incremental, "files:/srv/fixture/tree", "fixture", BackupType.Incremental, 2L, Full, Full, "the second", 11L, 4L, 3L, 3944727L, 3141632L, "kept for the tests"),
                (Database, "sqlite:/srv/fixture/shop.db", "fixture", BackupType.Full, 1L, null, Database, null, 1L, 0L, 0L, 20480L, 0L, null),
            ],
            backups.Select(b => (b.Id, b.Source, b.Host, b.Type, b.Sequence, b.ParentId, b.FullId, b.Reason, b.Files, b.Directories, b.Others, b.SourceBytes, b.HoleBytes, b.PinReason)));
        Assert.Equal(["customers 50", "orders 500"], backups[2].Facts.Tables.Select(t => $"{t.Table} {t.Rows}"));
        Assert.Equal("e5f0bf747aedb21dfb001b4d17c20715674fa2ef6539b05bb013ed12fd712f29", backups[2].Facts.Details["schema_sha256"]);
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 4, 14, 7, TimeSpan.Zero).AddTicks(7070625), backups[1].Started);
    }

    [Fact]
    public async Task It_tells_what_was_done()
    {
        var runs = await _repository.Journal.ReadAsync(10, Token);
        Assert.Equal(
            [(1, "backup", Full), (2, "backup", Database), (3, "backup", Incremental), (4, "verify", Incremental), (5, "restore", Database), (6, "backup", null)],
            runs.Select(r => (r.Sequence, r.Operation, r.BackupId)));
        Assert.Equal((RunOutcome.Failed, "SourceMissing", "root", "fixture"), (runs[5].Outcome, runs[5].ErrorId, runs[5].User, runs[5].Host));
        Assert.Equal("1582f62d12d9744455453ab9978d869daa29cd027ed0867287f67609842a6675", runs[4].Previous);
    }

    [Fact]
    public async Task It_is_whole()
    {
        var engine = new VerificationEngine(_repository, new VerifyOptions { Level = VerifyLevel.Content });
        Assert.Empty((await engine.CheckRepositoryAsync(Token)).Findings);
        foreach (var (id, entries) in new[] { (Full, 18), (Incremental, 18), (Database, 1) })
        {
            var result = await engine.VerifyAsync(id, null, Token);
            Assert.True(result.Passed);
            Assert.Equal((entries, result.TotalBytes), (result.CheckedEntries, result.CheckedBytes));
        }
    }

    [Theory]
    [InlineData(Full, FullEntries)]
    [InlineData(Incremental, IncrementalEntries)]
    [InlineData(Database, "File 640 0:0 20480 1767323045000000000 shop.db 2e9fabdf8ec52f45")]
    public async Task Its_entries_say_what_they_said(string backup, string expected)
    {
        var manifest = await _repository.Manifests.ReadAsync(backup, Token);
        using var reader = new ManifestReader(_repository, manifest, manifest.NewPackTable());
        var lines = new List<string>();
        await foreach (var record in reader.ReadAsync(Token))
        {
            lines.Add(Describe(record));
        }

        Assert.Equal(expected.Split('\n'), lines);
    }

    [Theory]
    [InlineData(Full, FullEntries)]
    [InlineData(Incremental, IncrementalEntries)]
    public async Task Its_trees_come_back(string backup, string entries)
    {
        var catalog = new BackupCatalog(_repository);
        var result = await new RestoreEngine(_repository).RestoreAsync(await catalog.FindAsync(backup, null, Token), _folder.At("restored"), new RestoreOptions(), null, Token);
        Assert.True(result.Passed);
        Assert.Equal(0, result.LossCount);

        // The names that are not UTF-8 are beyond .NET.
        var hashes = _folder.Run("cd restored; find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum -z | tr '\\0' '\\n' | cut -c1-16").TrimEnd().Split('\n');
        var files = entries.Split('\n').Where(l => l.StartsWith("File ", StringComparison.Ordinal)).Select(l => l[^16..]).ToList();
        files.Add(files[Array.FindIndex([.. entries.Split('\n').Where(l => l.StartsWith("File ", StringComparison.Ordinal))], l => l.Contains("again.txt", StringComparison.Ordinal))]);
        Assert.Equal(files.Order(), hashes.Order());

        Assert.Equal("2 docs/deep/again.txt\n2 docs/hello.txt\n", _folder.Run("cd restored; find . -type f -links +1 -printf '%n %P\\n' | sort"));
        Assert.Equal("../hello.txt\nnowhere/\xff\n", _folder.Run("cd restored; readlink docs/deep/link dangling"));
        Assert.Equal("an attribute", _folder.Run("cd restored; getfattr --only-values -n user.note noted"));
        Assert.Equal("prw-r----- 750", _folder.Run("cd restored; stat -c %A pipe | tr '\\n' ' '; stat -c %a docs/deep | tr -d '\\n'"));
        Assert.True(int.Parse(_folder.Run("stat -c %b restored/sparse"), System.Globalization.CultureInfo.InvariantCulture) < 100);
        foreach (var line in entries.Split('\n').Select(l => l.Split(' ')).Where(l => l[5] is "docs/one" or "docs/nothing" or "dangling" or "docs" or "numbers" or "run.sh"))
        {
            var seconds = Math.Floor(decimal.Parse(line[4], System.Globalization.CultureInfo.InvariantCulture) / 1_000_000_000);
            Assert.Equal($"{seconds}\n", _folder.Run($"stat -c %Y restored/{line[5]}"));
            if (TestFolder.IsRoot)
            {
                Assert.Equal($"{line[1]} {line[2]}\n", _folder.Run($"stat -c '%a %u:%g' restored/{line[5]}"));
            }
        }
    }

    [Fact]
    public async Task Its_database_comes_back()
    {
        var catalog = new BackupCatalog(_repository);
        var result = await new RestoreEngine(_repository).RestoreAsync(await catalog.FindAsync(Database, null, Token), _folder.At("shop.db"), new RestoreOptions(), null, Token);
        Assert.True(result.Passed);
        Assert.Contains(result.Checks, c => c is { Passed: true, Name: "rows of orders" });
        Assert.Equal(
            "2e9fabdf8ec52f45204bd48bd0df0783c1b6cfb92dc36f9a55d42eb1a4609b41",
            Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(_folder.At("shop.db"), Token))));
    }

    [Fact]
    public async Task Backups_go_on_from_it()
    {
        _folder.Run("mkdir tree; echo new > tree/file");
        var source = DrTools.Sources.SourceRegistry.Parse($"files:{_folder.At("tree")}");
        var result = await new BackupEngine(_repository).RunAsync(source, new BackupOptions(), null, Token);
        Assert.Equal(6, result.Backup.JournalSequence);
        Assert.Empty((await new VerificationEngine(_repository, new VerifyOptions()).CheckRepositoryAsync(Token)).Findings);
    }

    [Fact]
    public async Task It_can_be_upgraded()
    {
        Assert.True(await RepositoryFactory.UpgradeAsync(_repository, Token));
        using var passphrase = RepositoryCredential.FromPassphrase("correct horse battery staple");
        await using var upgraded = await new RepositoryFactory().OpenAsync(_folder.At("repository"), passphrase, Token);
        Assert.Equal((2, 2, _repository.CreatedAt, _repository.KeyChangedAt), (upgraded.FormatVersion, upgraded.Header.Generation, upgraded.CreatedAt, upgraded.KeyChangedAt));
        var engine = new VerificationEngine(upgraded, new VerifyOptions { Level = VerifyLevel.Content });
        Assert.Empty((await engine.CheckRepositoryAsync(Token)).Findings);
        foreach (var id in new[] { Full, Incremental, Database })
        {
            Assert.True((await engine.VerifyAsync(id, null, Token)).Passed);
        }
    }

    private static string Describe(ManifestRecord record)
    {
        var entry = record.Entry!;
        var line = new StringBuilder($"{entry.Kind} {Convert.ToString(entry.Mode, 8)} {entry.UserId}:{entry.GroupId} {entry.Size} {entry.ModifiedNs} {entry.DisplayPath}");
        line.Append(entry.LinkTarget is { } target ? $" -> {TreePath.Display(target)}" : string.Empty);
        foreach (var attribute in entry.Attributes ?? [])
        {
            line.Append(line.ToString().EndsWith(']') ? "[" : " [").Append($"{Encoding.ASCII.GetString(attribute.Name)}={Encoding.ASCII.GetString(attribute.Value)}]");
        }

        return line.Append(entry.Kind == EntryKind.File ? $" {record.Hash.ToString()[..16]}" : string.Empty).ToString();
    }
}
