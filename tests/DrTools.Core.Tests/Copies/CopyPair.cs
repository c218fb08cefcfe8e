using DrTools.Backup;
using DrTools.Copies;
using DrTools.Repositories;
using DrTools.Tests.Torture;
using Xunit;

namespace DrTools.Tests.Copies;

/// <summary>Two repositories with different keys, and copies from one to the other.</summary>
internal sealed class CopyPair : IAsyncDisposable
{
    private CopyPair(TortureRepository source, TortureRepository target) => (Source, Target) = (source, target);

    public TortureRepository Source { get; }

    public TortureRepository Target { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<CopyPair> CreateAsync(RepositoryTuning? tuning = null) =>
        new(await TortureRepository.CreateAsync(tuning), await TortureRepository.CreateAsync(tuning));

    public Task<CopyResult> CopyAsync(CopyOptions? options = null) =>
        new CopyEngine(Source.Repository, Target.Repository).RunAsync((options ?? new CopyOptions()) with { Parallelism = 2 }, null, Cancel);

    /// <summary>The source's media are gone for good.</summary>
    public void DestroySource() => Directory.Delete(Source.Location, recursive: true);

    /// <summary>Backups of the target refer to what their types allow, and to nothing that is not there.</summary>
    public async Task AssertChainsAsync(string what)
    {
        var repository = Target.Repository;
        foreach (var listed in await repository.Manifests.ListAsync(null, Cancel))
        {
            var manifest = await repository.Manifests.ReadAsync(listed, Cancel);
            var owners = manifest.Packs.Select(p => p.BackupId).Distinct().ToList();
            if (manifest.Info.Type == BackupType.Full)
            {
                Assert.True(owners is [var own] && own == manifest.Info.Id, $"{what}: a full backup refers to packs of {string.Join(", ", owners)}.");
            }
            else if (manifest.Info.Type == BackupType.Differential)
            {
                Assert.True(owners.All(o => o == manifest.Info.Id || o == manifest.Info.FullId), $"{what}: a differential backup refers to packs of {string.Join(", ", owners)}.");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await Target.DisposeAsync();
    }
}
