using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using DrTools.Backup;
using DrTools.Cli.Tests;
using DrTools.PostgreSql;
using DrTools.PostgreSql.Recovery;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.PostgreSql.Wal;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Logs;
using DrTools.Sources;
using DrTools.Tests.Stores;

namespace DrTools.Drills.Tests;

/// <summary>A table dropped, a database corrupted, a site lost: end to end, with the command line as a process, on PostgreSQL, SQLite
/// and files; and what must turn them red.</summary>
public sealed class DisasterCommandTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_of_three_kinds_of_sources_survives_the_three_disasters()
    {
        await using var site = await Site.CreateAsync();
        foreach (var (scenario, sources, repository) in ((string, int, string)[])[("table-dropped", 2, "near"), ("database-corrupted", 2, "near"), ("site-lost", 3, "far")])
        {
            var drill = await site.RunAsync(0, "--service", "shop", "--scenario", scenario);
            Assert.True(drill.GetProperty("passed").GetBoolean());
            Assert.True(drill.GetProperty("rtoSeconds").GetDouble() > 0);
            Assert.Equal(sources, drill.GetProperty("backups").GetArrayLength());
            Assert.All(drill.GetProperty("backups").EnumerateArray(), b => Assert.Equal(repository, b.GetProperty("repository").GetString()));
            Assert.Equal(sources, drill.GetProperty("checks").EnumerateArray().Count(c => c.GetProperty("name").GetString() is "Every value of every table" or "Content of every file and link"));

            // Of a cluster whose table was dropped nothing is lost: its server lives on.
            var losing = drill.GetProperty("losses").EnumerateArray().Where(l => l.GetProperty("lost").GetInt32() > 0).ToList();
            Assert.Equal(scenario == "table-dropped" ? sources - 1 : sources, losing.Count);
            Assert.All(losing, l => Assert.True(l.GetProperty("lost").GetInt32() < l.GetProperty("written").GetInt32()));
        }

        var listed = JsonDocument.Parse((await site.CommandAsync("drill", "list", "--json")).Expect(0).Out).RootElement;
        Assert.Equal(["tableDropped", "databaseCorrupted", "siteLost"], listed.GetProperty("drills").EnumerateArray().Select(d => d.GetProperty("scenario").GetString()));
        var coverage = JsonDocument.Parse((await site.CommandAsync("drill", "coverage", "--service", "shop", "--json")).Expect(1).Out).RootElement;
        JsonContract.AssertIs("drill-coverages", coverage);
        Assert.Equal((6, 5, 1), (Figure("kept"), Figure("covered"), Figure("neverTested")));
        Assert.Matches("never +– +now", (await site.CommandAsync("drill", "coverage", "--service", "shop")).Expect(1).Out);

        int Figure(string name) => coverage.GetProperty("services")[0].GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task Each_injected_failure_turns_a_drill_red_for_its_own_reason()
    {
        await using var site = await Site.CreateAsync();

        // An application that never becomes healthy: everything else is.
        var drill = await site.RunAsync(1, "--service", "web", "--scenario", "table-dropped");
        var failed = Assert.Single(Failed(drill));
        Assert.Equal("application", failed.GetProperty("kind").GetString());
        Assert.Contains("not within 1s, after ", failed.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains("status 503 instead of 200", failed.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, drill.GetProperty("rtoSeconds").ValueKind);
        Assert.NotEqual(JsonValueKind.Null, drill.GetProperty("rpoSeconds").ValueKind);

        // A scratch disk that is too small: nothing is begun.
        using (var disk = new SmallDisk("size=256k"))
        {
            drill = await site.RunAsync(1, "--service", "shop", "--scenario", "site-lost", "--scratch-dir", disk.Path);
            failed = Assert.Single(Failed(drill));
            Assert.Equal("Space for scratch copies", failed.GetProperty("name").GetString());
            Assert.Contains("are free at " + disk.Path, failed.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Path));
        }

        // A segment of the log that the backup of the cluster needs.
        File.Delete(Assert.Single(Directory.EnumerateFiles(Path.Combine(site.Folder, "near", "logs"), $"*{site.LastSegment}*", SearchOption.AllDirectories)));
        drill = await site.RunAsync(1, "--service", "cluster", "--scenario", "table-dropped");
        Assert.Contains(Failed(drill), c => c.GetProperty("name").GetString() == "The log that the backup needs is there" && c.GetProperty("detail").GetString() == $"{site.LastSegment} is missing");
        Assert.Contains(drill.GetProperty("findings").EnumerateArray(), f => f.GetProperty("errorId").GetString() == "LogMissing");

        // A backup of which bits have flipped.
        foreach (var pack in Directory.EnumerateFiles(Path.Combine(site.Folder, "near", "packs"), "*", SearchOption.AllDirectories))
        {
            File.SetUnixFileMode(pack, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            var bytes = await File.ReadAllBytesAsync(pack, Stop);
            for (var i = bytes.Length / 8; i < bytes.Length; i += 1009)
            {
                bytes[i] ^= 0x40;
            }

            await File.WriteAllBytesAsync(pack, bytes, Stop);
        }

        drill = await site.RunAsync(1, "--service", "web", "--scenario", "database-corrupted");
        Assert.Contains(Failed(drill), c => c.GetProperty("kind").GetString() == "backupIntegrity" && c.GetProperty("name").GetString() == "Everything of the backup can be read");
        Assert.Contains(drill.GetProperty("findings").EnumerateArray(), f => f.GetProperty("errorId").GetString() == "IntegrityFailure");
        Assert.Contains(drill.GetProperty("checks").EnumerateArray(), c => c.GetProperty("name").GetString() == "The data is back" && c.GetProperty("outcome").GetString() == "notRun");
    }

    private static List<JsonElement> Failed(JsonElement drill) => [.. drill.GetProperty("checks").EnumerateArray().Where(c => c.GetProperty("outcome").GetString() == "failed")];

    /// <summary>A server, a database and files, with backups at two sites, and an application that is never healthy.</summary>
    private sealed class Site : IAsyncDisposable
    {
        private readonly TestCluster _cluster;
        private readonly string _scratch = TestCluster.NewFolder();
        private readonly TcpListener _application = new(IPAddress.Loopback, 0);
        private readonly Task _serving;

        private Site(TestCluster cluster)
        {
            _cluster = cluster;
            Folder = TestCluster.NewFolder();
            _application.Start();
            _serving = ServeAsync();
        }

        public string Folder { get; }

        /// <summary>The last segment that the backup in near needs.</summary>
        public string LastSegment { get; private set; } = string.Empty;

        private string Server => $"postgresql://postgres@127.0.0.1:{_cluster.Port}";

        public static async Task<Site> CreateAsync()
        {
            PostgreSqlProvider.Register();
            var site = new Site(await TestCluster.StartNewAsync(TestServer.V15, settings: ["archive_mode = on", "archive_command = 'true'", "wal_keep_size = 256MB"]));
            await site._cluster.ExecuteAsync("create database shop");
            await using (var shop = await site._cluster.ConnectAsync("shop"))
            {
                await using var command = new Npgsql.NpgsqlCommand("create table orders (id int primary key, item text); insert into orders select i, 'item ' || i from generate_series(1, 2000) i", shop);
                await command.ExecuteNonQueryAsync(Stop);
            }

            using (Demo.Production.ShopDatabase.Create(Path.Combine(site.Folder, "web.db"), new Demo.DemoSize { Customers = 20, Orders = 200 }, 7, Stop))
            {
                Directory.CreateDirectory(Path.Combine(site.Folder, "pictures"));
                for (var i = 0; i < 20; i++)
                {
                    await File.WriteAllTextAsync(Path.Combine(site.Folder, "pictures", $"{i}.txt"), new string('x', 100 * i), Stop);
                }
            }

            await File.WriteAllTextAsync(Path.Combine(site.Folder, "dr.yaml"), site.Plan(), Stop);
            foreach (var (name, place) in ((string, string)[])[("near", "here"), ("far", "there")])
            {
                await using var repository = await new RepositoryFactory().CreateAsync(Path.Combine(site.Folder, name), RepositoryCredential.None, new RepositoryPlace("disk", place), Stop);
                foreach (var source in (string[])[site.Server, $"sqlite:{site.Folder}/web.db", $"files:{site.Folder}/pictures"])
                {
                    var backup = (await new BackupEngine(repository).RunAsync(SourceRegistry.Parse(source), new BackupOptions(), null, Stop)).Backup;
                    site.LastSegment = name == "near" && PhysicalBackup.TryFrom(backup) is { } physical ? physical.LastSegment.ToString() : site.LastSegment;
                }

                await site._cluster.ExecuteAsync("select pg_switch_wal()");
                var current = await site._cluster.QueryAsync<string>("select pg_walfile_name(pg_current_wal_insert_lsn())");
                foreach (var segment in Directory.GetFiles(Path.Combine(site._cluster.DataDirectory, "pg_wal"), "0*").Where(f => Path.GetFileName(f).Length == 24 && string.CompareOrdinal(Path.GetFileName(f), current) < 0).Order(StringComparer.Ordinal))
                {
                    await Task.Run(() => WalPush.Run([new LogArchive(repository)], segment), Stop);
                }
            }

            return site;
        }

        public async Task<CliResult> CommandAsync(params string[] arguments)
        {
            using var process = CliProcess.Start(CliProcess.Program, Folder, arguments);
            return await process.EndAsync(TimeSpan.FromMinutes(3));
        }

        /// <summary>Holds a drill; what it came to.</summary>
        public async Task<JsonElement> RunAsync(int exitCode, params string[] arguments)
        {
            string[] scratch = arguments.Contains("--scratch-dir") ? [] : ["--scratch-dir", _scratch];
            var document = (await CommandAsync(["drill", "run", "--json", .. arguments, .. scratch])).Expect(exitCode).Document;
            JsonContract.AssertIs("drills", document);
            Assert.Empty(Directory.EnumerateFileSystemEntries(_scratch));
            return document.GetProperty("drills")[0];
        }

        public async ValueTask DisposeAsync()
        {
            _application.Stop();
            await _serving;
            await _cluster.DisposeAsync();
            Directory.Delete(Folder, recursive: true);
            Directory.Delete(_scratch, recursive: true);
        }

        private string Plan() => $$"""
            version: 1
            name: Site
            sites: { here: { role: primary }, there: { role: vault } }
            repositories:
              near: { location: near, site: here }
              far: { location: far, site: there }
            services:
              shop:
                tier: standard
                site: here
                sources:
                  - { source: '{{Server}}', repositories: [near, far], log: { method: archive, interval: 5m } }
                  - { source: 'sqlite:web.db', repositories: [near, far] }
                  - { source: 'files:pictures', repositories: [near, far] }
                checks: { assertions: ['[shop] select count(*) = 2000 from orders', 'select count(*) = 200 from orders'] }
              cluster: { tier: standard, site: here, sources: { source: '{{Server}}', repositories: near } }
              web:
                tier: standard
                sources: { source: 'sqlite:web.db', repositories: near }
                checks: { health: { url: 'http://127.0.0.1:{{((IPEndPoint)_application.LocalEndpoint).Port}}/health', within: 1s } }
            """;

        private async Task ServeAsync()
        {
            while (true)
            {
                try
                {
                    using var client = await _application.AcceptTcpClientAsync();
                    await using var stream = client.GetStream();
                    await stream.ReadAtLeastAsync(new byte[4096], 1, throwOnEndOfStream: false);
                    await stream.WriteAsync("HTTP/1.1 503 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
                {
                    if (!_application.Server.IsBound)
                    {
                        return;
                    }
                }
            }
        }
    }
}
