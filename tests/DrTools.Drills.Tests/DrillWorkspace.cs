using DrTools.Backup;
using DrTools.Demo;
using DrTools.Demo.Production;
using DrTools.Drills.History;
using DrTools.Plans;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Sources;

namespace DrTools.Drills.Tests;

/// <summary>A folder with a database, a tree, repositories and a plan for them; removed afterwards.</summary>
internal sealed class DrillWorkspace : IDisposable
{
    /// <summary>Answers at once: what takes time in a drill's canaries shows nothing more here.</summary>
    private static readonly TimeSpan Production = TimeSpan.FromMilliseconds(150);

    private readonly string _checks;

    public DrillWorkspace(string checks = "")
    {
        Folder = Directory.CreateTempSubdirectory("drtools-drill-").FullName;
        File.WriteAllText(PathOf("pass"), "correct horse\n");
        Directory.CreateDirectory(PathOf("scratch"));
        _checks = checks;
    }

    public string Folder { get; }

    /// <summary>Further keys of the repository near, as a plan has them.</summary>
    public string NearKeys { get; init; } = "";

    public string Database => PathOf("shop.db");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public string PathOf(string relative) => Path.Combine(Folder, relative);

    public async Task<Repository> CreateAsync(string name, string? site = null)
    {
        using var credential = RepositoryCredential.FromPassphraseFile(PathOf("pass"));
        return await new RepositoryFactory().CreateAsync(PathOf(name), credential, new RepositoryPlace("disk", site), Stop);
    }

    public async Task<Repository> OpenAsync(string name)
    {
        using var credential = RepositoryCredential.FromPassphraseFile(PathOf("pass"));
        return await new RepositoryFactory().OpenAsync(PathOf(name), credential, Stop);
    }

    public void MakeDatabase(int orders = 2000)
    {
        using var shop = ShopDatabase.Create(Database, new DemoSize { Customers = Math.Max(10, orders / 10), Orders = orders }, 7, Stop);
    }

    public void MakeFiles()
    {
        foreach (var folder in (string[])["data", "data/a", "data/a/b", "data/empty"])
        {
            Directory.CreateDirectory(PathOf(folder));
        }

        for (var i = 0; i < 30; i++)
        {
            File.WriteAllText(PathOf(i % 2 == 0 ? $"data/a/file-{i}.txt" : $"data/a/b/file-{i}.txt"), string.Concat(Enumerable.Repeat($"line {i}\n", 50 * i)));
        }

        File.CreateSymbolicLink(PathOf("data/link"), "a/file-2.txt");
    }

    public static async Task<BackupInfo> BackUpAsync(Repository repository, string source) =>
        (await new BackupEngine(repository).RunAsync(SourceRegistry.Parse(source), new BackupOptions(), null, Stop)).Backup;

    public RecoveryPlan Plan(string objectives = "rto: 10m, rpo: 1h")
    {
        File.WriteAllText(PathOf("dr.yaml"), $$"""
            version: 1
            name: Drills
            sites:
              here: { role: primary }
              there: { role: vault }
            repositories:
              near: { location: near, medium: disk, site: here, passphrase: 'file:pass'{{NearKeys}} }
              far: { location: far, medium: disk, site: there, passphrase: 'file:pass' }
            services:
              shop:
                tier: standard
                site: here
                objectives: { {{objectives}} }
                sources:
                  - source: sqlite:shop.db
                    repositories: [near, far]
                    schedules: { type: incremental, every: 10m }
                {{_checks}}
              files:
                tier: standard
                site: here
                objectives: { {{objectives}} }
                sources:
                  - source: files:data
                    repositories: [near]
                    schedules: { type: incremental, every: 10m }
              both:
                tier: standard
                site: here
                sources:
                  - { source: 'sqlite:shop.db', repositories: [near] }
                  - { source: 'files:data', repositories: [near] }
            drills:
              monthly:
                scenario: table-dropped
                services: shop
                rto: 5m
                randomBackup: true
                participants: { name: On-call engineer, role: operator }
                successCriteria: [Nobody asked.]
            """);
        return PlanLoader.Read(PathOf("dr.yaml")).Require();
    }

    public DrillRequest Request(string service, DrillScenario scenario) =>
        new() { Plan = Plan(), Service = service, Scenario = scenario, WorkFolder = PathOf("scratch"), Production = Production, CanaryInterval = TimeSpan.FromMilliseconds(15), Seed = 11 };

    public static Task<DrillResult> RunAsync(DrillRequest request) => new DrillEngine(new PlanSecrets()).RunAsync(request, null, Stop);

    /// <summary>Whether a drill has left nothing behind.</summary>
    public void AssertClean() => Assert.Empty(Directory.EnumerateFileSystemEntries(PathOf("scratch")));

    public async Task<IReadOnlyList<DrillResult>> HistoryAsync(string repository = "near")
    {
        await using var opened = await OpenAsync(repository);
        return await new DrillHistory(opened).ListAsync(new DrillFilter(), Stop);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
