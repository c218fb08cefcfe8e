using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Repositories.Packs;
using DrTools.Restore;
using DrTools.Tests.Torture;
using DrTools.Verification;
using Xunit;

namespace DrTools.Tests.Paged;

/// <summary>Restoring and verifying paged files of long chains, damaged packs, and restores that were interrupted.</summary>
public sealed class PagedRestoreTests : IAsyncLifetime
{
    private readonly int _seed = TortureScale.NewSeed();
    private TortureRepository _torture = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _torture = await TortureRepository.CreateAsync(new RepositoryTuning { PackLength = 1 << 20 });

    public ValueTask DisposeAsync() => _torture.DisposeAsync();

    /// <summary>Small pages make a small file one of very many extents, in several records and blocks.</summary>
    [Fact]
    public async Task A_file_of_many_backups_reads_each_of_their_frames_once()
    {
        var files = new PagedFiles(_seed, 512);
        files.Add(24 << 20, "base/large");
        files.Add(100_000, "base/small");
        var random = new Random(_seed);
        var source = new PagedSource(files, new PagedOptions { HasSummaries = true });
        BackupInfo backup = null!;
        for (var i = 0; i < 14; i++)
        {
            backup = (await _torture.BackUpAsync(source)).Backup;
            for (var changed = 0; changed < 1000 && i < 13; changed++)
            {
                files.Write("base/large", random.Next((24 << 20) / 512));
            }
        }

        var manifest = await _torture.Repository.Manifests.ReadAsync(backup.Id, Cancel);
        Assert.True(manifest.Blocks.Count > 2, "There are too few extents for this test.");
        await RestoredFiles.AssertSameAsync(_torture, backup, files.Copy(), $"seed {_seed}");
        var run = (await _torture.Repository.Journal.ReadAsync(1, Cancel))[^1];
        var packs = manifest.Packs.Where(p => p.Kind == PackKind.Data).ToList();
        Assert.Equal("restore", run.Operation);
        Assert.True(packs.Select(p => p.BackupId).Distinct().Count() > 9);
        Assert.InRange(run.StoredBytes, 1, (long)(packs.Sum(p => p.Length) * 1.02));
        await _torture.AssertWholeAsync("a long chain");
    }

    [Fact]
    public async Task Flipped_bits_are_found_and_all_else_comes_back()
    {
        var (files, backups) = await BuildChainAsync();
        var random = new Random(_seed);
        var found = 0;
        for (var round = 0; round < TortureScale.Pick(40, 1000); round++)
        {
            var pack = _torture.Packs()[random.Next(_torture.Packs().Count)].FullName;
            var original = await File.ReadAllBytesAsync(pack, Cancel);
            var content = original.ToArray();
            var at = random.Next(content.Length);
            content[at] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(pack, content, Cancel);
            var what = $"seed {_seed}, round {round}: byte {at} of {pack}";
            var name = Path.GetRelativePath(_torture.Location, pack);
            foreach (var (backup, truth) in backups)
            {
                var named = (await _torture.Repository.Manifests.ReadAsync(backup.Id, Cancel)).Packs.Any(p => p.ObjectName == name);
                var verified = await _torture.NewVerifier().VerifyAsync(backup.Id, null, Cancel);
                Assert.True(verified.Passed == !named, what);
                Assert.All(verified.Findings, f => Assert.Equal(name, f.Object));
                found += named ? 1 : 0;
                if (!named || round % 4 != 0)
                {
                    continue;
                }

                // Whatever a restore does not complain of is right.
                var target = _torture.At($"restored-{round}-{backup.Sequence}");
                var result = await _torture.RestoreAsync(backup, target);
                var lost = result.Issues.Where(i => i.IsLoss).Select(i => i.Path).ToHashSet();
                Assert.True(lost.Count == 0 == result.Passed, what);
                if (verified.Findings.Sum(f => f.AffectedEntryCount) == 0)
                {
                    Assert.True(result.Passed, what);
                }

                var restored = Directory.GetFiles(target, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(target, f)).Where(f => f != ".drtools-restore").ToList();
                if (!result.Issues.Any(i => i.Problem.Contains("a block of the manifest", StringComparison.Ordinal)))
                {
                    Assert.Equal(truth.Keys.Where(k => !lost.Contains(k)).Order(StringComparer.Ordinal), restored.Order(StringComparer.Ordinal));
                }

                await RestoredFiles.AssertSameAsync(target, truth, restored, what);
                Directory.Delete(target, recursive: true);
            }

            await File.WriteAllBytesAsync(pack, original, Cancel);
        }

        Assert.True(found > 0);
        Assert.NotEmpty(files.Files);
    }

    [Fact]
    public async Task A_lost_directory_costs_nothing_but_the_words()
    {
        var (_, backups) = await BuildChainAsync();
        var (backup, truth) = backups[^1];
        var pack = (await _torture.Repository.Manifests.ReadAsync(backup.Id, Cancel)).Packs.First(p => p.Kind == PackKind.Data);
        var path = Path.Combine(_torture.Location, pack.ObjectName);
        var content = await File.ReadAllBytesAsync(path, Cancel);
        content[^40] ^= 1;
        await File.WriteAllBytesAsync(path, content, Cancel);
        var verified = await _torture.NewVerifier().VerifyAsync(backup.Id, null, Cancel);
        Assert.Equal((pack.ObjectName, 0L), (verified.Findings.Single().Object, verified.Findings.Single().AffectedEntryCount));
        await RestoredFiles.AssertSameAsync(_torture, backup, truth);
    }

    [Fact]
    public async Task An_interrupted_restore_keeps_what_it_had_completed()
    {
        var files = new PagedFiles(_seed);
        for (var i = 0; i < 8; i++)
        {
            files.Add(i % 2 == 0 ? 3_000_000 : 50_000, $"base/{i}");
        }

        for (var page = 100; page < 3000; page++)
        {
            files.Write("base/4", page, zeros: true);
        }

        var backup = (await _torture.BackUpAsync(new PagedSource(files, new PagedOptions()), BackupType.Full)).Backup;
        var target = _torture.At("target");
        var first = await _torture.RestoreAsync(backup, target);
        Assert.True(first.Passed);

        // As an interruption leaves it: the marker, a file of another time, one that is missing. And as bad hardware does: one
        // that looks complete.
        new ResumeMarker(target).Write(_torture.Repository, backup.Id, []);
        File.Delete(Path.Combine(target, "base/1"));
        File.SetLastWriteTimeUtc(Path.Combine(target, "base/2"), DateTime.UtcNow);
        foreach (var (name, at) in new[] { ("base/4", 1_000_000), ("base/6", 2_900_000), ("base/3", 49_999) })
        {
            var path = Path.Combine(target, name);
            var time = File.GetLastWriteTimeUtc(path);
            await using (var file = File.OpenWrite(path))
            {
                file.Position = at;
                file.WriteByte((byte)(files[name][at] ^ 1));
            }

            File.SetLastWriteTimeUtc(path, time);
        }

        var second = await _torture.RestoreAsync(backup, target);
        Assert.True(second.Passed, string.Join('\n', second.Issues));
        Assert.Equal(3, second.ReusedFiles);
        Assert.Null(second.ReplacedFolder);
        await RestoredFiles.AssertSameAsync(target, files.Copy(), files.Files.Keys, $"seed {_seed}");
    }

    [Fact]
    public async Task Chosen_files_come_back_alone()
    {
        var (files, backups) = await BuildChainAsync();
        var target = _torture.At("chosen");
        var name = backups[^1].Truth.Keys.First();
        var result = await _torture.RestoreAsync(backups[^1].Backup, target, new RestoreOptions { Include = [name] });
        Assert.True(result.Passed);
        await RestoredFiles.AssertSameAsync(target, backups[^1].Truth, [name]);
        Assert.NotEmpty(files.Files);
    }

    private async Task<(PagedFiles Files, List<(BackupInfo Backup, Dictionary<string, byte[]> Truth)> Backups)> BuildChainAsync()
    {
        var files = new PagedFiles(_seed);
        var backups = new List<(BackupInfo, Dictionary<string, byte[]>)>();
        files.Add(2_000_000);
        files.Add(30_000);
        for (var i = 0; i < 4; i++)
        {
            for (var change = 0; change < 10; change++)
            {
                files.Change();
            }

            var backup = (await _torture.BackUpAsync(new PagedSource(files, new PagedOptions()))).Backup;
            backups.Add((backup, files.Copy()));
        }

        return (files, backups);
    }
}
