using DrTools.Backup;
using DrTools.Plans;
using DrTools.PostgreSql;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Logs;
using DrTools.Sources;

namespace DrTools.Drills.Tests;

/// <summary>Drills with a real PostgreSQL server, of which the backups are.</summary>
public sealed class ClusterDrillTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cluster_comes_back_and_the_loss_is_measured()
    {
        await using var workspace = await ClusterWorkspace.CreateAsync();
        foreach (var scenario in (DrillScenario[])[DrillScenario.TableDropped, DrillScenario.DatabaseCorrupted, DrillScenario.RansomwareEncrypted, DrillScenario.SiteLost])
        {
            var result = await workspace.RunAsync(scenario);
            Assert.True(result.Passed, SqliteDrillTests.Describe(result));
            Assert.DoesNotContain(result.Checks, c => c.Outcome == DrillOutcome.Failed);
            Assert.Contains(result.Checks, c => c is { Name: "Every value of every table", Outcome: DrillOutcome.Passed } && c.Detail.StartsWith("5,050 rows of 2 tables", StringComparison.Ordinal));
            Assert.Contains(result.Checks, c => c is { Name: "Foreign keys lead to rows that are there", Outcome: DrillOutcome.Passed } && c.Detail.Contains("1 foreign key", StringComparison.Ordinal));
            Assert.Contains(result.Checks, c => c.Name.StartsWith("Assertion: [shop]", StringComparison.Ordinal) && c.Outcome == DrillOutcome.Passed);
            Assert.Contains(result.Checks, c => c is { Name: "Checksum of every page", Outcome: DrillOutcome.Passed, Kind: DrillCheckKind.Recovered });
            var loss = Assert.Single(result.Losses);
            if (scenario == DrillScenario.TableDropped)
            {
                // Its server lived on: nothing before the mistake is lost.
                Assert.Equal((0, TimeSpan.Zero), (loss.Lost, loss.Measured));
            }
            else
            {
                Assert.InRange(loss.Lost, 1, loss.Written - 1);
            }

            Assert.Equal(scenario == DrillScenario.SiteLost ? "far" : "near", result.Backups[0].Repository);
            Assert.Equal(TimeSpan.FromMinutes(5), loss.Planned);
            Assert.Empty(Directory.EnumerateFileSystemEntries(workspace.Scratch));
        }

        Assert.Equal(5_000, await workspace.Cluster.QueryAsync<long>("select count(*) from orders", "shop"));
        Assert.False(await workspace.Cluster.QueryAsync<bool>("select exists (select from pg_class where relname = 'drtools_canary')"));
    }

    [Fact]
    public async Task A_missing_segment_of_the_log_turns_it_red()
    {
        await using var workspace = await ClusterWorkspace.CreateAsync();
        var backup = PostgreSql.Recovery.PhysicalBackup.TryFrom(workspace.Backup)!;
        var log = Assert.Single(Directory.EnumerateFiles(Path.Combine(workspace.Folder, "near", "logs"), $"*{backup.LastSegment}*", SearchOption.AllDirectories));
        File.Delete(log);
        var result = await workspace.RunAsync(DrillScenario.TableDropped);
        Assert.False(result.Passed);
        InjectedFailureTests.Expect(result, DrillCheckKind.BackupIntegrity, "The log that the backup needs is there", $"{backup.LastSegment} is missing");
        Assert.Contains(result.Findings, f => f.ErrorId == nameof(DrError.LogMissing));
        Assert.Null(result.MeasuredRto);
        Assert.Empty(Directory.EnumerateFileSystemEntries(workspace.Scratch));
    }

    /// <summary>A server with a shop on it, and repositories at two sites with a backup of it and the log that it needs.</summary>
    private sealed class ClusterWorkspace : IAsyncDisposable
    {
        private ClusterWorkspace(TestCluster cluster)
        {
            Cluster = cluster;
            Folder = TestCluster.NewFolder();
            Scratch = TestCluster.NewFolder();
        }

        public TestCluster Cluster { get; }

        public string Folder { get; }

        public string Scratch { get; }

        public BackupInfo Backup { get; private set; } = null!;

        private string Source => $"postgresql://postgres@127.0.0.1:{Cluster.Port}";

        public static async Task<ClusterWorkspace> CreateAsync()
        {
            PostgreSqlProvider.Register();
            var workspace = new ClusterWorkspace(await TestCluster.StartNewAsync(TestServer.V15, settings: ["archive_mode = on", "archive_command = 'true'", "wal_keep_size = 256MB"]));
            await workspace.Cluster.ExecuteAsync("create database shop");
            await using (var shop = await workspace.Cluster.ConnectAsync("shop"))
            {
                await using var command = new Npgsql.NpgsqlCommand(
                    """
                    create table customers (id int primary key, name text);
                    create table orders (id int primary key, customer int not null references customers, placed timestamptz default now());
                    insert into customers select i, 'customer ' || i from generate_series(1, 50) i;
                    insert into orders select i, 1 + i % 50 from generate_series(1, 5000) i;
                    """,
                    shop);
                await command.ExecuteNonQueryAsync(Stop);
            }

            foreach (var (name, site) in ((string, string)[])[("near", "here"), ("far", "there")])
            {
                await using var repository = await new RepositoryFactory().CreateAsync(Path.Combine(workspace.Folder, name), RepositoryCredential.None, new RepositoryPlace("disk", site), Stop);
                var backup = (await new BackupEngine(repository).RunAsync(SourceRegistry.Parse(workspace.Source), new BackupOptions(), null, Stop)).Backup;
                workspace.Backup = name == "near" ? backup : workspace.Backup;
                await workspace.Cluster.ExecuteAsync("select pg_switch_wal()");
                var current = await workspace.Cluster.QueryAsync<string>("select pg_walfile_name(pg_current_wal_insert_lsn())");
                foreach (var segment in Directory.GetFiles(Path.Combine(workspace.Cluster.DataDirectory, "pg_wal"), "0*").Where(f => Path.GetFileName(f).Length == 24 && string.CompareOrdinal(Path.GetFileName(f), current) < 0).Order(StringComparer.Ordinal))
                {
                    await Task.Run(() => WalPush.Run([new LogArchive(repository)], segment), Stop);
                }
            }

            return workspace;
        }

        public async Task<DrillResult> RunAsync(DrillScenario scenario)
        {
            await File.WriteAllTextAsync(
                Path.Combine(Folder, "dr.yaml"),
                $$"""
                version: 1
                name: Cluster
                sites: { here: { role: primary }, there: { role: vault } }
                repositories:
                  near: { location: near, site: here }
                  far: { location: far, site: there }
                services:
                  shop:
                    tier: standard
                    site: here
                    sources:
                      - source: '{{Source}}'
                        repositories: [near, far]
                        log: { method: archive, interval: 5m }
                    checks: { assertions: ['[shop] select count(*) = 5000 from orders'] }
                """,
                Stop);
            var request = new DrillRequest { Plan = PlanLoader.Read(Path.Combine(Folder, "dr.yaml")).Require(), Service = "shop", Scenario = scenario, WorkFolder = Scratch, Production = TimeSpan.FromMilliseconds(150), CanaryInterval = TimeSpan.FromMilliseconds(15), Seed = 3 };
            return await new DrillEngine(new PlanSecrets()).RunAsync(request, null, Stop);
        }

        public async ValueTask DisposeAsync()
        {
            await Cluster.DisposeAsync();
            Directory.Delete(Folder, recursive: true);
            Directory.Delete(Scratch, recursive: true);
        }
    }
}
