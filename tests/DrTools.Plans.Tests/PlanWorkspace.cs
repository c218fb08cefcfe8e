using DrTools.Backup;
using DrTools.Copies;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Sources;

namespace DrTools.Plans.Tests;

/// <summary>A folder with data and repositories, and a plan for it; removed afterwards.</summary>
internal sealed class PlanWorkspace : IDisposable
{
    public PlanWorkspace()
    {
        Folder = Directory.CreateTempSubdirectory("drtools-plan-").FullName;
        Directory.CreateDirectory(PathOf("data"));
        File.WriteAllText(PathOf("data/a.txt"), "alpha");
        File.WriteAllText(PathOf("pass"), "correct horse\n");
    }

    public string Folder { get; }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public string PathOf(string relative) => Path.Combine(Folder, relative);

    public async Task<Repository> CreateAsync(string name, string? medium = null, string? site = null)
    {
        using var credential = RepositoryCredential.FromPassphraseFile(PathOf("pass"));
        return await new RepositoryFactory().CreateAsync(PathOf(name), credential, new RepositoryPlace(medium, site), Stop);
    }

    public async Task BackUpAsync(params Repository[] repositories) =>
        await new BackupToSeveral(repositories).RunAsync(SourceRegistry.Parse("files:" + PathOf("data")), new BackupOptions(), null, null, Stop);

    public PlanReadResult Write(string plan)
    {
        File.WriteAllText(PathOf("dr.yaml"), plan);
        return PlanLoader.Read(PathOf("dr.yaml"));
    }

    public static async Task<PlanTestResult> TestAsync(PlanReadResult read, TimeSpan later = default, params string[] services) =>
        await new PlanTest(new PlanSecrets(), new LaterClock(later)).RunAsync(read, services, Stop);

    /// <summary>A clock that is fast.</summary>
    public static TimeProvider Later(TimeSpan by) => new LaterClock(by);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>The clock of a later day.</summary>
    private sealed class LaterClock(TimeSpan later) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + later;
    }
}
