using DrTools.Backup;
using DrTools.Demo;
using DrTools.PostgreSql.Demo;
using DrTools.PostgreSql.Tests.Servers;
using DrTools.Repositories;
using Npgsql;

namespace DrTools.PostgreSql.Tests.Demo;

/// <summary>The demo on a server with little data. It must pass, and whatever is broken on the way must make it fail.</summary>
public sealed class ClusterDemoTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("drtools-test-demo-").FullName;

    public ClusterDemoTests() => File.SetUnixFileMode(_parent, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Work => Path.Combine(_parent, "work");

    [Theory]
    [InlineData(15)]
    [InlineData(18)]
    public async Task Brings_the_table_and_the_cluster_back_and_measures_what_was_lost(int version)
    {
        var result = await RunAsync(version, new ClusterDemoInterference());

        Assert.True(result.Passed, Failed(result));
        Assert.Equal(Enum.GetValues<DemoStep>().Except([DemoStep.RestoreFiles]), result.Phases.Select(p => p.Step));
        Assert.Equal([BackupType.Full, BackupType.Incremental], result.Backups.Select(b => b.Type));
        Assert.StartsWith($"PostgreSQL {version}.", result.Environment.DatabaseEngine, StringComparison.Ordinal);

        var mistake = result.Mistake!;
        Assert.Equal(mistake.Rows, mistake.RestoredRows);
        Assert.True(mistake.Rows > 500 && mistake.Refused > 0 && mistake.Probes > 1);
        Assert.True(mistake.LastGood < mistake.Happened && mistake.Happened < mistake.Restored);

        var loss = Assert.Single(result.Losses);
        Assert.InRange(loss.Lost, 0, loss.Written - 1);
        Assert.Equal(result.MeasuredRpo, result.Disaster - result.LastGood);
        Assert.Equal(result.Disaster + result.MeasuredRto, result.Recovered);
        Assert.True(result.LastGood > result.Backups[1].Started, "The log brought back nothing behind the last backup.");
        Assert.Equal([result.ReportPath], Directory.EnumerateFileSystemEntries(Work));
        Assert.Contains("Recovered in", await File.ReadAllTextAsync(result.ReportPath, Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_tampered_with_is_found_and_so_is_a_missed_objective()
    {
        var result = await RunAsync(
            17,
            new ClusterDemoInterference
            {
                AfterTable = server => ExecuteAsync(server, "update sales.payments set cents = cents + 1 where id = 7"),
                BeforeCompare = server => ExecuteAsync(server, "delete from sales.ledger where entry = 3; update sales.customers set city = 'Nowhere' where id = 5; create table sales.extra ()"),
            },
            o => o with { Objectives = new DemoObjectives { Rto = TimeSpan.FromMilliseconds(1), Rpo = TimeSpan.FromMilliseconds(1) } });

        Assert.False(result.Passed);
        Assert.Null(result.Recovered);
        var failed = result.Checks.Where(c => !c.Passed).ToDictionary(c => c.Name, c => c.Detail);
        Assert.EndsWith("rows as before, but their values differ", failed["The table is as it was right before"], StringComparison.Ordinal);
        Assert.Contains("entry 3 is missing", failed["The ledger has no hole"], StringComparison.Ordinal);
        Assert.EndsWith("rows as before, but their values differ", failed["Table sales.customers"], StringComparison.Ordinal);
        Assert.Contains("sales.extra", failed["No other tables"], StringComparison.Ordinal);

        // The order whose entry is gone counts as one of those from before, which then are too many; a payment of them has changed.
        Assert.EndsWith("501 rows instead of 500", failed["Table sales.orders"], StringComparison.Ordinal);
        Assert.Equal(
            ["No other tables", "Recovery point objective", "Recovery time objective", "Table sales.customers", "Table sales.orders", "Table sales.payments", "The ledger has no hole", "The table is as it was right before"],
            failed.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("FAILED", await File.ReadAllTextAsync(result.ReportPath, Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_repository_is_found_by_verification_and_nothing_is_recovered_from_it()
    {
        var result = await RunAsync(15, new ClusterDemoInterference { BeforeVerify = DamagePacks });

        Assert.False(result.Passed);
        Assert.Null(result.MeasuredRto);
        Assert.Equal(2, result.Checks.Count(c => c is { Step: DemoStep.Verify, Passed: false }));
        Assert.Contains(result.Checks, c => c is { Step: DemoStep.RestoreDatabase, Passed: false });
        Assert.Contains(result.Checks, c => c is { Step: DemoStep.Compare, Name: "Compare everything", Passed: false });
    }

    [Theory]
    [InlineData(DemoStep.FindPoint)]
    [InlineData(DemoStep.Disaster)]
    public async Task Removes_what_it_has_made_when_it_is_stopped(DemoStep at)
    {
        using var source = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Demo().RunAsync(Options(15, new ClusterDemoInterference()), new StopAt(at, source), source.Token));

        Assert.False(Directory.Exists(Work));
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc"), p => CommandLine(p).Contains(_parent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_server_it_says_so_before_it_makes_anything()
    {
        var error = await Assert.ThrowsAsync<DrException>(() => Demo().RunAsync(Options(15, new ClusterDemoInterference()) with { ProgramFolder = _parent }, null, Stop));
        Assert.Equal(DrError.ToolMissing, error.Error);
        Assert.False(Directory.Exists(Work));
    }

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    private static ClusterDemo Demo() => new(TimeProvider.System, new RepositoryFactory(TimeProvider.System, 1000));

    private static string Failed(DemoResult result) => string.Join('\n', result.Checks.Where(c => !c.Passed));

    private static async Task ExecuteAsync(DemoServer server, string sql)
    {
        await using var connection = await server.ConnectAsync(ShopSchema.Database, Stop);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Stop);
    }

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }

    private static void DamagePacks(DemoFolder folder)
    {
        foreach (var pack in new DirectoryInfo(Path.Combine(folder.Repository, "packs")).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            using var file = pack.Open(FileMode.Open, FileAccess.ReadWrite);
            file.Position = file.Length / 2;
            var value = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(value ^ 0x10));
        }
    }

    private Task<DemoResult> RunAsync(int version, ClusterDemoInterference interference, Func<ClusterDemoOptions, ClusterDemoOptions>? change = null)
    {
        var options = Options(version, interference);
        return Demo().RunAsync(change?.Invoke(options) ?? options, null, Stop);
    }

    private ClusterDemoOptions Options(int version, ClusterDemoInterference interference) => new()
    {
        Program = DrToolsProgram.Path,
        ProgramFolder = TestServer.Find(version).Programs,
        WorkFolder = Work,
        Customers = 100,
        Orders = 500,
        Production = TimeSpan.FromMilliseconds(300),
        ArchiveTimeout = TimeSpan.FromSeconds(1),

        // However busy the machine is.
        Objectives = new DemoObjectives { Rto = TimeSpan.FromHours(1), Rpo = TimeSpan.FromHours(1) },
        Interference = interference,
    };

    private sealed class StopAt(DemoStep step, CancellationTokenSource source) : IProgress<DemoProgress>
    {
        public void Report(DemoProgress value)
        {
            if (value.Step == step)
            {
                source.Cancel();
            }
        }
    }
}
