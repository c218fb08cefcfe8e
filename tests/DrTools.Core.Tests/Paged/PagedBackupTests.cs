using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Tests.Torture;
using Xunit;

namespace DrTools.Tests.Paged;

/// <summary>Paged files come back byte by byte, whatever happened to them between backups and however the source shows
/// them, and only what changed is stored.</summary>
public sealed class PagedBackupTests : IAsyncLifetime
{
    private TortureRepository _torture = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _torture = await TortureRepository.CreateAsync(new RepositoryTuning { PackLength = 256 << 10 });

    public ValueTask DisposeAsync() => _torture.DisposeAsync();

    public static TheoryData<int, bool, bool, bool, bool, bool> Shapes()
    {
        var data = new TheoryData<int, bool, bool, bool, bool, bool>();
        foreach (var (ordered, sequential, hides, summaries, detects) in new[]
        {
            (true, false, false, false, false),
            (true, false, false, true, true),
            (false, false, false, true, false),
            (false, true, false, false, true),
            (false, true, true, false, false),
            (true, true, false, true, false),
            (false, false, true, true, false),
        })
        {
            data.Add(TortureScale.NewSeed(), ordered, sequential, hides, summaries, detects);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Every_history_comes_back(int seed, bool isOrdered, bool isSequential, bool hidesSizes, bool hasSummaries, bool detectsChanges)
    {
        var random = new Random(seed);
        for (var round = 0; round < TortureScale.Pick(3, 60); round++)
        {
            var files = new PagedFiles(random.Next(), random.Next(3) == 0 ? 8192 : 512);
            var source = new PagedSource(files, new PagedOptions
            {
                IsOrdered = isOrdered,
                IsSequential = isSequential,
                HidesSizes = hidesSizes,
                HasSummaries = hasSummaries,
                DetectsChanges = detectsChanges,
                HasFinalEntry = !isOrdered,
            });
            files.Add(100_000, "base/plain.conf");
            files.Add(2_500_000, "base/large.conf");
            var truths = new Dictionary<string, Dictionary<string, byte[]>>();
            for (var backup = 0; backup < 7; backup++)
            {
                for (var i = 0; i < 12; i++)
                {
                    files.Change();
                }

                var type = backup == 0 ? BackupType.Full : (BackupType)random.Next(3);
                if (random.Next(5) == 0)
                {
                    RemovePack(random);
                }

                var result = await _torture.BackUpAsync(source, type);
                Assert.Equal("True", result.Backup.Facts.Details["complete"]);
                Assert.Equal(files.Files.Count + (isOrdered ? 0 : 1), result.Backup.Files);
                Assert.Empty(result.Issues);
                truths[result.Backup.Id] = files.Copy();
                await AssertSameAsync(result.Backup, truths[result.Backup.Id], !isOrdered, $"seed {seed}, round {round}, backup {backup}");
            }

            foreach (var backup in (await _torture.ListAsync()).Where(b => truths.ContainsKey(b.Id)).TakeLast(3))
            {
                var verified = await _torture.NewVerifier().VerifyAsync(backup.Id, null, Cancel);
                if (verified.Passed)
                {
                    await AssertSameAsync(backup, truths[backup.Id], !isOrdered, $"seed {seed}, round {round}, {backup.Id}");
                }
            }

            await _torture.ExpireAllAsync();
        }
    }

    private void RemovePack(Random random)
    {
        var packs = _torture.Packs();
        if (packs.Count > 0)
        {
            packs[random.Next(packs.Count)].Delete();
        }
    }

    private Task AssertSameAsync(BackupInfo backup, Dictionary<string, byte[]> truth, bool hasLabel, string what) =>
        RestoredFiles.AssertSameAsync(_torture, backup, hasLabel ? new(truth) { ["backup_label"] = "label"u8.ToArray() } : truth, what);
}
