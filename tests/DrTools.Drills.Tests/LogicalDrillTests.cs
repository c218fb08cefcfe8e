using DrTools.Backup;
using DrTools.Plans;
using DrTools.PostgreSql;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Sources;

namespace DrTools.Drills.Tests;

/// <summary>Drills of databases of which there are dumps, from a real PostgreSQL server.</summary>
public sealed class LogicalDrillTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Databases_come_back_from_their_dumps_and_the_loss_is_measured()
    {
        PostgreSqlProvider.Register();
        await using var cluster = await TestCluster.StartNewAsync(TestServer.V15);
        await cluster.ExecuteAsync("create role clerk login");
        await cluster.ExecuteAsync("create database shop owner clerk");
        await using (var shop = await cluster.ConnectAsync("shop"))
        {
            await using var command = new Npgsql.NpgsqlCommand(
                """
                create schema stock;
                create table customers (id int primary key, name text);
                create table orders (id int primary key, customer int not null references customers, placed timestamptz default now());
                create table stock.articles (id int primary key, name text);
                insert into customers select i, 'customer ' || i from generate_series(1, 50) i;
                insert into orders select i, 1 + i % 50 from generate_series(1, 3000) i;
                insert into stock.articles select i, 'article ' || i from generate_series(1, 20) i;
                alter table orders owner to clerk;
                """,
                shop);
            await command.ExecuteNonQueryAsync(Stop);
        }

        var folder = TestCluster.NewFolder();
        var scratch = TestCluster.NewFolder();
        try
        {
            var server = $"postgresql://postgres@127.0.0.1:{cluster.Port}";
            (string Service, string Source, DrillScenario Scenario, string Rows)[] drills =
            [
                ("one", $"{server}/shop", DrillScenario.TableDropped, "3,070 rows of 3 tables"),
                ("one", $"{server}/shop", DrillScenario.DatabaseCorrupted, "3,070 rows of 3 tables"),
                ("schema", $"{server}/shop?schema=stock", DrillScenario.SiteLost, "20 rows of 1 table"),
                ("all", $"{server}?method=logical", DrillScenario.RansomwareEncrypted, "3,070 rows of 3 tables"),
            ];
            await using (var far = await new RepositoryFactory().CreateAsync(Path.Combine(folder, "far"), RepositoryCredential.None, new RepositoryPlace("disk", "there"), Stop))
            {
                foreach (var source in drills.Select(d => d.Source).Distinct())
                {
                    await new BackupEngine(far).RunAsync(SourceRegistry.Parse(source), new BackupOptions(), null, Stop);
                }
            }

            var file = Path.Combine(folder, "dr.yaml");
            await File.WriteAllTextAsync(
                file,
                $$"""
                version: 1
                name: Dumps
                sites: { here: { role: primary }, there: { role: vault } }
                repositories: { far: { location: far, site: there } }
                services:
                  one:
                    tier: standard
                    site: here
                    sources: { source: '{{server}}/shop', repositories: far, schedules: { type: incremental, every: 1h } }
                    checks: { assertions: ['select count(*) = 3000 from orders', '[shop] select pg_get_userbyid(relowner) = ''clerk'' from pg_class where relname = ''orders'''] }
                  schema: { tier: standard, site: here, sources: { source: '{{server}}/shop?schema=stock', repositories: far } }
                  all: { tier: standard, site: here, sources: { source: '{{server}}?method=logical', repositories: far } }
                """,
                Stop);
            var plan = PlanLoader.Read(file).Require();
            foreach (var (service, _, scenario, rows) in drills)
            {
                var request = new DrillRequest { Plan = plan, Service = service, Scenario = scenario, WorkFolder = scratch, Production = TimeSpan.FromMilliseconds(150), CanaryInterval = TimeSpan.FromMilliseconds(15), Seed = 3 };
                var course = await new DrillEngine(new PlanSecrets()).PlanAsync(request, Stop);
                Assert.DoesNotContain(course.Steps, s => s.What.Contains("log", StringComparison.Ordinal));
                var result = await new DrillEngine(new PlanSecrets()).RunAsync(request, null, Stop);
                Assert.True(result.Passed, $"{service}, {scenario}: {SqliteDrillTests.Describe(result)}");
                Assert.Contains(result.Checks, c => c is { Name: "The dumps can be loaded", Outcome: DrillOutcome.Passed });
                Assert.Contains(result.Checks, c => c is { Kind: DrillCheckKind.Damage, Outcome: DrillOutcome.Passed });
                Assert.Contains(result.Checks, c => c is { Name: "Every value of every table", Outcome: DrillOutcome.Passed } && c.Detail.StartsWith(rows, StringComparison.Ordinal));
                Assert.Contains(result.Checks, c => c is { Name: "Database recovered", Outcome: DrillOutcome.Passed, Kind: DrillCheckKind.Recovered });
                var loss = Assert.Single(result.Losses);
                Assert.InRange(loss.Lost, 1, loss.Written - 1);
                Assert.Equal(service == "one" ? 2 : 0, result.Checks.Count(c => c.Name.StartsWith("Assertion: ", StringComparison.Ordinal) && c.Outcome == DrillOutcome.Passed));
                Assert.Empty(Directory.EnumerateFileSystemEntries(scratch));
            }

            Assert.Equal(3_000, await cluster.QueryAsync<long>("select count(*) from orders", "shop"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            Directory.Delete(scratch, recursive: true);
        }
    }
}
