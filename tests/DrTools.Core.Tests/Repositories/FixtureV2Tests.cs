using System.Security.Cryptography;
using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Logs;
using DrTools.Repositories.Manifests;
using DrTools.Restore;
using DrTools.Tests.Paged;
using DrTools.Tests.Platform;
using DrTools.Verification;
using Xunit;

namespace DrTools.Tests.Repositories;

/// <summary>A repository of format version 2, written once, stays readable to the last byte. What is expected here was
/// taken from the files that were backed up, and never changes.</summary>
public sealed class FixtureV2Tests : IAsyncLifetime
{
    private const string Full = "20261121T124953Z-bf3b748e";
    private const string Second = "20261121T124954Z-0fc11efc";
    private const string Third = "20261121T124954Z-d7c991f5";
    private const string Differential = "20261121T124954Z-1e7a03d8";

    /// <summary>Path, size and start of the SHA-256 of each file.</summary>
    private const string FullFiles = """
        backup_label 5 1aca80e8b55c802f
        base/1259 327680 5a2fb13be2f3b4b5
        base/2619 40960 0472affe5c0b4e36
        base/odd 17384 4ed1def998c7db42
        base/sparse 1228800 cea4987f5956c0c1
        global/empty 0 e3b0c44298fc1c14
        global/postgresql.conf 20000 171b087e4d6e21e1
        """;

    private const string SecondFiles = """
        backup_label 5 1aca80e8b55c802f
        base/1259 327680 b797dab2a36f6364
        base/2619 40960 0472affe5c0b4e36
        base/odd 24581 14496438a20722e4
        base/sparse 1228800 5fa2d8841da69314
        global/empty 0 e3b0c44298fc1c14
        global/postgresql.conf 20000 171b087e4d6e21e1
        """;

    private const string LastFiles = """
        backup_label 5 1aca80e8b55c802f
        base/1259 327680 2e52b90dc7a11eb5
        base/2619 16384 2ce247e1d258103c
        base/odd 24581 14496438a20722e4
        base/sparse 1228800 5fa2d8841da69314
        global/postgresql.conf 20000 171b087e4d6e21e1
        """;

    /// <summary>Path, page size and lengths of the extents in the third backup, negative ones those of holes. Of
    /// <c>base/1259</c> the second stored the pages 0, 2, 3, 4, 9, 11, 13, 15 and 39, and the third 1, 3, 9, 12 and
    /// 30.</summary>
    private const string Extents = """
        . 0
        backup_label 0 5
        base 0
        base/1259 8192 8192 8192 8192 8192 8192 32768 8192 8192 8192 8192 8192 8192 8192 114688 8192 65536 8192
        base/2619 8192 16384
        base/odd 8192 16384 -8192 5
        base/sparse 8192 24576 -606208 8192 -573440 16384
        global 0
        global/postgresql.conf 0 20000
        """;

    private readonly TestFolder _folder = new();
    private Repository _repository = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _folder.Run($"cp -r '{Path.Join(AppContext.BaseDirectory, "fixtures", "repository-v2", "repository")}' repository");
        using var passphrase = RepositoryCredential.FromPassphrase("correct horse battery staple");
        _repository = await new RepositoryFactory().OpenAsync(_folder.At("repository"), passphrase, Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _repository.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task It_lists_its_backups()
    {
        Assert.Equal(2, _repository.FormatVersion);
        var backups = await new BackupCatalog(_repository).ListAsync(new BackupFilter(), Token);
        Assert.Equal(
            [
                (Full, "paged:/test", "fixture", BackupType.Full, 1L, null, "the first", 7L, 1634829L, 1187840L, 446989L, "548"),
                (Second, "paged:/test", "fixture", BackupType.Incremental, 2L, Full, "the second", 7L, 1642026L, 1187840L, 81925L, "560"),
                (Third, "paged:/test", "fixture", BackupType.Incremental, 3L, Second, "the third", 6L, 1617450L, 1187840L, 40960L, "565"),
                (Differential, "paged:/test", "fixture", BackupType.Differential, 4L, Full, "the fourth", 6L, 1617450L, 1187840L, 106501L, "565"),
            ],
            backups.Select(b => (b.Id, b.Source, b.Host, b.Type, b.Sequence, b.ParentId, b.Reason, b.Files, b.SourceBytes, b.HoleBytes, b.NewBytes, b.Facts.Details["clock"])));
    }

    [Fact]
    public async Task It_is_whole()
    {
        var engine = new VerificationEngine(_repository, new VerifyOptions { Level = VerifyLevel.Content });
        Assert.Empty((await engine.CheckRepositoryAsync(Token)).Findings);
        foreach (var (id, entries) in new[] { (Full, 10), (Second, 10), (Third, 9), (Differential, 9) })
        {
            var result = await engine.VerifyAsync(id, null, Token);
            Assert.True(result.Passed);
            Assert.Equal((entries, result.TotalBytes), (result.CheckedEntries, result.CheckedBytes));
        }
    }

    [Theory]
    [InlineData(Full, FullFiles)]
    [InlineData(Second, SecondFiles)]
    [InlineData(Third, LastFiles)]
    [InlineData(Differential, LastFiles)]
    public async Task Its_files_come_back(string backup, string files)
    {
        var manifest = await _repository.Manifests.ReadAsync(backup, Token);
        var result = await new RestoreEngine(_repository).RestoreAsync(manifest.Info, _folder.At("restored"), new RestoreOptions(), null, Token);
        Assert.True(result.Passed);
        var restored = Directory.GetFiles(_folder.At("restored"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f =>
        {
            var content = File.ReadAllBytes(f);
            return $"{Path.GetRelativePath(_folder.At("restored"), f)} {content.Length} {Convert.ToHexStringLower(SHA256.HashData(content))[..16]}";
        });
        Assert.Equal(files.Split('\n'), restored);
    }

    [Fact]
    public async Task Its_extents_are_where_they_were()
    {
        var manifest = await _repository.Manifests.ReadAsync(Third, Token);
        using var reader = new ManifestReader(_repository, manifest, manifest.NewPackTable());
        var lines = new List<string>();
        await foreach (var record in reader.ReadAsync(Token))
        {
            lines.Add(string.Join(' ', [record.Entry!.DisplayPath, record.PageSize, .. record.Extents.Select(e => e.IsHole ? -e.Length : e.Length)]));
        }

        Assert.Equal(Extents.Split('\n'), lines);
    }

    [Fact]
    public async Task Its_log_comes_back()
    {
        var archive = new LogArchive(_repository);
        var logs = new List<StoredLog>();
        await foreach (var log in archive.ListAsync(null, Token))
        {
            logs.Add(log);
        }

        Assert.Equal("logs/postgresql-7400000000000000001/00000001/000000010000000000000003", logs.Single().Name.ObjectName);
        var content = archive.TryReadAll(logs[0].Name);
        Assert.Equal((1_500_000, "97ca1da9c1865f8f"), (content!.Length, Convert.ToHexStringLower(SHA256.HashData(content))[..16]));
    }

    [Fact]
    public async Task Backups_go_on_from_it()
    {
        // Files as they were when the last one was taken, by what it says.
        var manifest = await _repository.Manifests.ReadAsync(Differential, Token);
        await new RestoreEngine(_repository).RestoreAsync(manifest.Info, _folder.At("restored"), new RestoreOptions(), null, Token);
        var files = new PagedFiles(1, 8192);
        foreach (var name in new[] { "base/1259", "base/2619", "base/odd", "base/sparse", "global/postgresql.conf" })
        {
            var content = await File.ReadAllBytesAsync(Path.Combine(_folder.At("restored"), name), Token);
            files.Files[name] = new PagedFile { Content = content, ChangedAt = new long[(content.Length + 8191) / 8192] };
        }

        while (files.Clock < 565)
        {
            files.Write("base/1259", 39);
        }

        files.Files["base/1259"].ChangedAt[39] = 566;
        var result = await new BackupEngine(_repository).RunAsync(
            new PagedSource(files, new PagedOptions { IsOrdered = false, HasFinalEntry = true }),
            new BackupOptions { Host = "fixture" },
            null,
            Token);
        Assert.Equal((Differential, 5L, 8192L), (result.Backup.ParentId, result.Backup.Sequence, result.Backup.NewBytes));
        Assert.True((await new VerificationEngine(_repository, new VerifyOptions()).VerifyAsync(result.Backup.Id, null, Token)).Passed);
        Assert.Empty((await new VerificationEngine(_repository, new VerifyOptions()).CheckRepositoryAsync(Token)).Findings);
    }
}
