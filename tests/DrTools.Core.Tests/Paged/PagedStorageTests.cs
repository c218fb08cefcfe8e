using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Packs;
using DrTools.Sources;
using DrTools.Tests.Torture;
using Xunit;

namespace DrTools.Tests.Paged;

/// <summary>What of paged files is read, stored and referred to.</summary>
public sealed class PagedStorageTests : IAsyncLifetime
{
    private const int PageSize = 8192;

    private readonly PagedFiles _files = new(5, PageSize);
    private TortureRepository _torture = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _torture = await TortureRepository.CreateAsync(new RepositoryTuning { PackLength = 1 << 20 });

    public ValueTask DisposeAsync() => _torture.DisposeAsync();

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task Only_pages_that_changed_are_stored(bool hasSummaries, bool isSequential)
    {
        Fill("base/large", 1000);
        Fill("base/small", 20);
        var source = new PagedSource(_files, new PagedOptions { HasSummaries = hasSummaries, IsSequential = isSequential });
        var full = (await _torture.BackUpAsync(source, BackupType.Full)).Backup;
        Assert.Equal((1020L * PageSize, 1020L * PageSize), (full.ReadBytes, full.NewBytes));

        foreach (var page in new[] { 0, 7, 8, 500, 127, 128, 999 })
        {
            _files.Write("base/large", page);
        }

        _files.Write("base/small", 3);
        var truth = _files.Copy();
        var incremental = (await _torture.BackUpAsync(source)).Backup;
        Assert.Equal(8L * PageSize, incremental.NewBytes);
        Assert.Equal((hasSummaries ? 8L : 1020L) * PageSize, incremental.ReadBytes);
        Assert.Equal((hasSummaries ? 1012L : 0) * PageSize, source.Skipped);
        await RestoredFiles.AssertSameAsync(_torture, incremental, truth);

        var nothing = (await _torture.BackUpAsync(source)).Backup;
        Assert.Equal((0L, 0L), (nothing.NewBytes, nothing.Issues.Count));
        await RestoredFiles.AssertSameAsync(_torture, nothing, truth);

        // A differential is compared with the full one again, and refers to nothing in between.
        var differential = (await _torture.BackUpAsync(source, BackupType.Differential)).Backup;
        Assert.Equal(8L * PageSize, differential.NewBytes);
        var packs = (await _torture.Repository.Manifests.ReadAsync(differential.Id, Cancel)).Packs;
        Assert.All(packs, p => Assert.Contains(p.BackupId, new[] { full.Id, differential.Id }));
        await RestoredFiles.AssertSameAsync(_torture, differential, truth);
    }

    [Fact]
    public async Task Files_that_stand_are_not_even_opened()
    {
        Fill("base/large", 600);
        Fill("base/small", 20);
        Fill("base/other", 5);
        var source = new PagedSource(_files, new PagedOptions { DetectsChanges = true, IsOrdered = false });
        await _torture.BackUpAsync(source, BackupType.Full);
        source.Opened = 0;
        _files.Write("base/other", 1);
        var backup = (await _torture.BackUpAsync(source)).Backup;
        Assert.Equal((1, 1L, 3L), (source.Opened, backup.FilesRead, backup.Files));
        await RestoredFiles.AssertSameAsync(_torture, backup, _files.Copy());
    }

    [Fact]
    public async Task What_lies_in_a_pack_that_goes_is_read_and_stored_again()
    {
        Fill("base/large", 512);
        var source = new PagedSource(_files, new PagedOptions { HasSummaries = true });
        var full = (await _torture.BackUpAsync(source, BackupType.Full)).Backup;
        for (var page = 0; page < 512; page++)
        {
            if (page % 3 != 0)
            {
                _files.Write("base/large", page);
            }
        }

        // It still refers to what is left of the packs of the full one; the next one no longer does.
        await _torture.BackUpAsync(source);
        source.Skipped = 0;
        var last = (await _torture.BackUpAsync(source)).Backup;
        Assert.Equal(171L * PageSize, last.NewBytes);
        Assert.Equal(341L * PageSize, source.Skipped);
        Assert.DoesNotContain((await _torture.Repository.Manifests.ReadAsync(last.Id, Cancel)).Packs, p => p.BackupId == full.Id);
        await RestoredFiles.AssertSameAsync(_torture, last, _files.Copy());
        await _torture.ExpireAsync("last=1");
        await RestoredFiles.AssertSameAsync(_torture, last, _files.Copy());
        await _torture.AssertNoOrphansAsync("after the packs have gone");
    }

    [Fact]
    public async Task What_a_lost_pack_held_is_stored_again()
    {
        Fill("base/large", 512);
        var source = new PagedSource(_files, new PagedOptions { HasSummaries = true });
        await _torture.BackUpAsync(source, BackupType.Full);
        foreach (var pack in (await _torture.Repository.Manifests.ReadAsync((await _torture.ListAsync())[0].Id, Cancel)).Packs.Where(p => p.Kind == PackKind.Data).Take(1))
        {
            File.Delete(Path.Combine(_torture.Location, pack.ObjectName));
        }

        var backup = (await _torture.BackUpAsync(source)).Backup;
        Assert.InRange(backup.NewBytes, PageSize, 500L * PageSize);
        await RestoredFiles.AssertSameAsync(_torture, backup, _files.Copy());
    }

    [Fact]
    public async Task Zeros_are_holes()
    {
        Fill("base/large", 1024);
        for (var page = 100; page < 1000; page++)
        {
            _files.Write("base/large", page, zeros: true);
        }

        Fill("base/small", 10);
        _files.Write("base/small", 9, zeros: true);
        var source = new PagedSource(_files, new PagedOptions());
        var backup = (await _torture.BackUpAsync(source, BackupType.Full)).Backup;
        Assert.Equal((901L * PageSize, 133L * PageSize), (backup.HoleBytes, backup.NewBytes));
        var target = _torture.At("sparse");
        Assert.True((await _torture.RestoreAsync(backup, target)).Passed);
        await RestoredFiles.AssertSameAsync(target, _files.Copy(), _files.Files.Keys);

        // A hole of the parent is referred to like all else, and filled later.
        _files.Write("base/large", 500);
        var next = (await _torture.BackUpAsync(source)).Backup;
        Assert.Equal((900L * PageSize, 1L * PageSize), (next.HoleBytes, next.NewBytes));
        await RestoredFiles.AssertSameAsync(_torture, next, _files.Copy());
    }

    [Fact]
    public async Task Files_with_the_same_content_are_stored_once()
    {
        Fill("base/1", 300);
        Fill("base/2", 20);
        _files.Files.Add("base/3", Clone("base/1"));
        _files.Files.Add("base/4", Clone("base/2"));
        var backup = (await _torture.BackUpAsync(new PagedSource(_files, new PagedOptions { IsSequential = true }), BackupType.Full)).Backup;
        Assert.Equal(320L * PageSize, backup.NewBytes);
        await RestoredFiles.AssertSameAsync(_torture, backup, _files.Copy());
    }

    [Fact]
    public async Task A_file_may_cease_to_be_paged_and_become_it_again()
    {
        Fill("base/large", 200);
        Fill("base/small", 20);
        foreach (var isPlain in new[] { false, true, false, true })
        {
            var backup = (await _torture.BackUpAsync(new PagedSource(_files, new PagedOptions { HasSummaries = true, IsPlain = _ => isPlain }))).Backup;
            await RestoredFiles.AssertSameAsync(_torture, backup, _files.Copy(), $"plain: {isPlain}");
        }
    }

    [Fact]
    public async Task A_file_may_have_grown_since_it_was_listed_and_shrink_while_it_is_read()
    {
        Fill("base/1", 100);
        Fill("base/2", 5);
        Fill("base/3", 2000);
        Fill("base/4", 5);
        Fill("base/5", 60);
        var isCut = false;
        var source = new PagedSource(_files, new PagedOptions
        {
            UnderstatesSizes = true,
            IsPlain = _ => false,
            Reading = (name, position) =>
            {
                if (!isCut && name == "base/3" && position >= 1000 * PageSize)
                {
                    isCut = true;
                    _files.Resize(name, (int)position + (3 * PageSize));
                }
            },
        });
        var result = await _torture.BackUpAsync(source, BackupType.Full);
        Assert.Empty(result.Issues);
        Assert.True(isCut);
        await RestoredFiles.AssertSameAsync(_torture, result.Backup, _files.Copy());
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_to_its_end_is_named()
    {
        Fill("base/1", 10);
        Fill("base/2", 700);
        Fill("base/3", 10);
        var truth = _files.Copy();
        foreach (var broken in new[] { "base/1", "base/2" })
        {
            var source = new PagedSource(_files, new PagedOptions { Reading = (name, _) => { if (name == broken) { throw new EntryUnreadableException("The disk is broken."); } } });
            var result = await _torture.BackUpAsync(source, BackupType.Full);
            Assert.Equal((broken, true), (result.Issues.Single().Path, result.Backup.IsPartial));
            await RestoredFiles.AssertSameAsync(_torture, result.Backup, truth.Where(t => t.Key != broken).ToDictionary());
        }
    }

    [Fact]
    public async Task A_parent_that_the_source_refuses_is_not_built_on()
    {
        Fill("base/1", 100);
        var full = (await _torture.BackUpAsync(new PagedSource(_files, new PagedOptions()), BackupType.Full)).Backup;
        var second = (await _torture.BackUpAsync(new PagedSource(_files, new PagedOptions()))).Backup;

        // The one before it will do.
        var third = await _torture.BackUpAsync(new PagedSource(_files, new PagedOptions { Refuses = b => b.Id == second.Id ? "It is of another timeline." : null }));
        Assert.Equal((BackupType.Incremental, full.Id), (third.Backup.Type, third.Backup.ParentId));
        Assert.Contains($"The backup does not build on {second.Id}. It is of another timeline.", third.Notes);

        var fourth = await _torture.BackUpAsync(new PagedSource(_files, new PagedOptions { Refuses = _ => "It is of another cluster." }), BackupType.Differential);
        Assert.Equal((BackupType.Full, null, 100L * PageSize), (fourth.Backup.Type, fourth.Backup.ParentId, fourth.Backup.NewBytes));
        Assert.Equal(
            [$"The backup does not build on {full.Id}. It is of another cluster.", "There is no other backup of this source to build on: this one is full."],
            fourth.Notes);
        await _torture.AssertWholeAsync("after all");
    }

    [Fact]
    public async Task A_repository_of_the_first_format_says_what_it_needs()
    {
        Fill("base/1", 100);
        await DowngradeAsync();
        var source = new PagedSource(_files, new PagedOptions());
        var e = await Assert.ThrowsAsync<DrException>(() => _torture.BackUpAsync(source));
        Assert.Equal(DrError.RepositoryOlderFormat, e.Error);
        Assert.Equal($"A backup of paged:/test needs a repository of format version 2; {_torture.Location} has version 1.", e.Message);
        Assert.Contains("drtools upgrade", e.Remedy, StringComparison.Ordinal);

        Directory.CreateDirectory(_torture.At("tree"));
        await File.WriteAllTextAsync(_torture.At("tree/file"), "as ever", Cancel);
        await _torture.BackUpAsync(_torture.At("tree"));

        Assert.True(await RepositoryFactory.UpgradeAsync(_torture.Repository, Cancel));
        Assert.False(await RepositoryFactory.UpgradeAsync(_torture.Repository, Cancel));
        Assert.Equal((2, 2), (_torture.Repository.FormatVersion, _torture.Repository.Header.Generation));
        await _torture.ReopenAsync();
        Assert.Equal(2, _torture.Repository.FormatVersion);
        await RestoredFiles.AssertSameAsync(_torture, (await _torture.BackUpAsync(source)).Backup, _files.Copy());
        Assert.Equal(0, (await _torture.BackUpAsync(_torture.At("tree"))).Backup.NewBytes);
        await _torture.AssertWholeAsync("upgraded");
        Assert.Equal(2, Directory.GetFiles(Path.Combine(_torture.Location, "header")).Length);
    }

    [Fact]
    public async Task Of_two_upgrades_one_wins()
    {
        await DowngradeAsync();
        await using var other = await _torture.OpenAsync();
        Assert.True(await RepositoryFactory.UpgradeAsync(_torture.Repository, Cancel));
        Assert.Equal(DrError.ObjectExists, (await Assert.ThrowsAsync<DrException>(async () => await RepositoryFactory.UpgradeAsync(other, Cancel))).Error);
        await _torture.ReopenAsync();
        Assert.Equal(2, _torture.Repository.FormatVersion);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_an_interrupted_backup_stored_is_reused(bool isSequential)
    {
        for (var i = 0; i < 12; i++)
        {
            Fill($"base/{i:00}", 300);
            Fill($"global/{i:00}", 7);
        }

        var options = new PagedOptions { IsSequential = isSequential };
        PagedSource Breaking(string at) => new(_files, options with { Reading = (name, position) => { if (name == at && position > 0) { throw new DrException(DrError.SourceFailure, "The server was stopped.", "Start it."); } } });
        await Assert.ThrowsAsync<DrException>(() => _torture.BackUpAsync(Breaking("base/09"), BackupType.Full));
        _files.Write("base/03", 200);
        var stored = _torture.PackBytes();
        Assert.True(stored > 1 << 20);
        var full = (await _torture.BackUpAsync(new PagedSource(_files, options), BackupType.Full)).Backup;
        Assert.True(_torture.PackBytes() < stored + (12L * 307 * PageSize) - (stored / 2), $"{stored} bytes were there, {_torture.PackBytes()} are now");
        Assert.True(full.NewBytes < 10L * 307 * PageSize);
        await RestoredFiles.AssertSameAsync(_torture, full, _files.Copy());

        // An incremental one: what has not changed since is found again.
        for (var i = 0; i < 12; i++)
        {
            for (var page = 0; page < 300; page += 2)
            {
                _files.Write($"base/{i:00}", page);
            }
        }

        await Assert.ThrowsAsync<DrException>(() => _torture.BackUpAsync(Breaking("base/10")));
        _files.Write("base/05", 201);
        var incremental = (await _torture.BackUpAsync(new PagedSource(_files, options))).Backup;
        Assert.True(incremental.NewBytes < 10L * 150 * PageSize, $"{incremental.NewBytes / PageSize} pages were stored anew");
        await RestoredFiles.AssertSameAsync(_torture, incremental, _files.Copy());
        await _torture.AssertWholeAsync("resumed");
        await _torture.AssertNoOrphansAsync("resumed");
    }

    private void Fill(string name, int pages)
    {
        _files.Add(0, name);
        _files.Resize(name, pages * PageSize);
        for (var page = 0; page < pages; page++)
        {
            _files.Write(name, page);
        }
    }

    private PagedFile Clone(string name) => new() { Content = _files[name].ToArray(), ChangedAt = [.. _files.Files[name].ChangedAt] };

    /// <summary>Makes it one of format version 1, which no program writes any more.</summary>
    private async Task DowngradeAsync()
    {
        var header = (_torture.Repository.Header with { Version = 1 }).Serialize(_torture.Repository.Key);
        foreach (var copy in RepositoryHeader.Copies)
        {
            await File.WriteAllBytesAsync(Path.Combine(_torture.Location, RepositoryHeader.ObjectName(1, copy)), header, Cancel);
        }

        await _torture.ReopenAsync();
        Assert.Equal(1, _torture.Repository.FormatVersion);
    }
}
