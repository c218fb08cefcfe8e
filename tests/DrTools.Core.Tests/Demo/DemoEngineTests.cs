using System.Text;
using DrTools.Backup;
using DrTools.Demo;
using DrTools.Platform.Posix;
using DrTools.Repositories;
using Microsoft.Data.Sqlite;
using Xunit;

namespace DrTools.Tests.Demo;

/// <summary>The demo on little data. It must pass, and whatever is broken on the way must make it fail.</summary>
public sealed class DemoEngineTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("drtools-demo-test-").FullName;

    private string Work => Path.Combine(_parent, "work");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Recovers_everything_and_measures_what_was_lost()
    {
        var result = await RunAsync();

        Assert.DoesNotContain(result.Checks, c => !c.Passed);
        Assert.True(result.Passed);
        Assert.Equal(Enum.GetValues<DemoStep>().Except([DemoStep.EnableArchive, DemoStep.Mistake, DemoStep.FindPoint, DemoStep.RestoreTable, DemoStep.ReplayLog]), result.Phases.Select(p => p.Step));
        Assert.Equal(
            [BackupType.Full, BackupType.Full, BackupType.Incremental, BackupType.Incremental], result.Backups.Select(b => b.Type));
        var rows = result.Losses[0];
        Assert.True(rows.Written > 0);
        Assert.Equal(rows.Written, rows.Lost);
        Assert.InRange(result.Losses[1].Lost, 1, result.Losses[1].Written - 1);
        Assert.Equal(result.Disaster - result.Backups[2].Started, result.MeasuredRpo);
        Assert.True(rows.LastLost < result.Disaster && rows.FirstLost > result.LastGood);
        Assert.Equal(result.Disaster + result.MeasuredRto, result.Recovered);
        Assert.True(result.MeasuredRto >= result.Phases[^1].Finished - result.Disaster);
    }

    [Fact]
    public async Task Leaves_only_the_report()
    {
        var result = await RunAsync();

        Assert.Equal([Path.Combine(Work, "report.html")], Directory.EnumerateFileSystemEntries(Work));
        Assert.Equal(Path.Combine(Work, "report.html"), result.ReportPath);
        Assert.Contains("Recovered in", await File.ReadAllTextAsync(result.ReportPath, Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keeps_everything_when_told_to_and_the_passphrase_private()
    {
        await RunAsync(o => o with { Keep = true });

        Assert.Equal(
            ["passphrase", "production", "report.html", "repository", "scratch"],
            Directory.EnumerateFileSystemEntries(Work).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Work, "scratch")));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Work, "passphrase")));
        }

        // The tree holds names that .NET's own removal cannot say.
        Assert.Equal(0, FolderRemoval.Remove(Abi.AtCurrentFolder, Encoding.UTF8.GetBytes(Work)));
    }

    [Fact]
    public async Task A_damaged_pack_is_found_by_verification_and_by_recovery()
    {
        var result = await RunAsync(interference: new DemoInterference { BeforeVerify = DamagePacks });

        Assert.False(result.Passed);
        Assert.Null(result.Recovered);
        Assert.Null(result.MeasuredRto);
        Assert.Contains(result.Checks, c => c is { Step: DemoStep.Verify, Passed: false });
        Assert.Contains(result.Checks, c => c is { Step: DemoStep.RestoreFiles, Passed: false });
        Assert.Contains(result.Checks, c => c is { Name: "Content of every file and link", Passed: false });
        Assert.Contains("FAILED", await File.ReadAllTextAsync(result.ReportPath, Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_between_verification_and_recovery_makes_it_fail()
    {
        var result = await RunAsync(interference: new DemoInterference { BeforeRecovery = DamagePacks });

        Assert.Null(result.Recovered);
        Assert.DoesNotContain(result.Checks, c => c is { Step: DemoStep.Verify, Passed: false });
        Assert.Contains(result.Checks, c => c is { Step: DemoStep.RestoreDatabase, Passed: false });
        Assert.False(result.Checks.Single(c => c.Name == "Recovery time objective").Passed);
    }

    [Fact]
    public async Task A_lost_passphrase_makes_it_fail()
    {
        var result = await RunAsync(interference: new DemoInterference
        {
            BeforeRecovery = folder => File.WriteAllText(folder.Passphrase, "not this one\n"),
        });

        Assert.Null(result.Recovered);
        Assert.Contains("WrongKey", result.Checks.Single(c => c is { Step: DemoStep.OpenRepository, Passed: false }).Detail, StringComparison.Ordinal);
        Assert.Contains(result.Checks, c => c is { Step: DemoStep.Compare, Name: "Compare everything", Passed: false });
    }

    [Fact]
    public async Task A_restored_row_that_was_tampered_with_is_found()
    {
        var result = await RunAsync(interference: new DemoInterference
        {
            BeforeCompare = folder => Execute(folder.Database, "UPDATE orders SET total_cents = total_cents + 1 WHERE id = 77"),
        });

        var check = Assert.Single(result.Checks, c => !c.Passed && c.Name != "Recovery time objective");
        Assert.Equal("Table orders", check.Name);
        Assert.EndsWith("rows as before, but their values differ", check.Detail, StringComparison.Ordinal);
        Assert.Null(result.Recovered);
    }

    [Theory]
    [InlineData("DELETE FROM markers; DELETE FROM orders WHERE id = 5", "Table orders")]
    [InlineData("CREATE TABLE extra (id INTEGER)", "No other tables")]
    public async Task A_table_that_differs_is_named(string sql, string name)
    {
        var result = await RunAsync(interference: new DemoInterference { BeforeCompare = folder => Execute(folder.Database, sql) });

        Assert.Equal([name, "Recovery time objective"], result.Checks.Where(c => !c.Passed).Select(c => c.Name));
    }

    [Fact]
    public async Task Files_that_differ_are_named()
    {
        var result = await RunAsync(interference: new DemoInterference
        {
            BeforeCompare = folder =>
            {
                var file = Path.Combine(folder.Tree, "archive", "account-00.txt");
                var modified = File.GetLastWriteTimeUtc(file);
                var content = File.ReadAllBytes(file);
                content[3] ^= 1;
                File.WriteAllBytes(file, content);
                File.SetLastWriteTimeUtc(file, modified);
                File.SetLastWriteTimeUtc(Path.Combine(folder.Tree, "peculiar", "empty"), modified);
                File.WriteAllText(Path.Combine(folder.Tree, "intruder"), "?");
            },
        });

        var failed = result.Checks.Where(c => !c.Passed).ToDictionary(c => c.Name, c => c.Detail);
        Assert.Contains("archive/account-00.txt: SHA-256", failed["Content of every file and link"], StringComparison.Ordinal);
        Assert.Contains("peculiar/empty: modification time", failed["Metadata of every entry"], StringComparison.Ordinal);
        Assert.Equal("intruder: was not there", failed["Nothing left over in the tree"]);
        Assert.Equal(4, failed.Count);
    }

    [Fact]
    public async Task An_objective_that_is_missed_makes_it_fail()
    {
        var result = await RunAsync(o => o with { Objectives = new DemoObjectives { Rto = TimeSpan.FromMilliseconds(1), Rpo = TimeSpan.FromMilliseconds(1) } });

        Assert.False(result.Passed);
        Assert.NotNull(result.Recovered);
        Assert.Equal(["Recovery time objective", "Recovery point objective"], result.Checks.Where(c => !c.Passed).Select(c => c.Name));
    }

    [Fact]
    public async Task Refuses_a_folder_that_holds_something()
    {
        Directory.CreateDirectory(Work);
        await File.WriteAllTextAsync(Path.Combine(Work, "thesis.txt"), "precious", Stop);

        var error = await Assert.ThrowsAsync<DrException>(() => RunAsync());

        Assert.Equal(DrError.TargetNotEmpty, error.Error);
        Assert.Equal($"The work folder {Work} is not empty.", error.Message);
        Assert.Equal("precious", await File.ReadAllTextAsync(Path.Combine(Work, "thesis.txt"), Stop));
    }

    [Theory]
    [InlineData(DemoStep.FullBackup)]
    [InlineData(DemoStep.Production)]
    [InlineData(DemoStep.RestoreFiles)]
    public async Task Removes_what_it_has_made_when_it_is_stopped(DemoStep at)
    {
        using var source = new CancellationTokenSource();
        var engine = new DemoEngine(TimeProvider.System, new RepositoryFactory(TimeProvider.System, 1000));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.RunAsync(Options(new DemoInterference()), new StopAt(at, source), source.Token));

        Assert.False(Directory.Exists(Work));
    }

    public void Dispose() => Directory.Delete(_parent, recursive: true);

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

    private static void Execute(string database, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, Pooling = false }.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA foreign_keys = OFF; " + sql;
        command.ExecuteNonQuery();
    }

    private DemoOptions Options(DemoInterference interference) => new()
    {
        WorkFolder = Work,
        Size = new DemoSize { Customers = 100, Orders = 1_000, Folders = 6, FilesPerFolder = 5, LargeFileBytes = 300_000 },
        Production = TimeSpan.FromMilliseconds(150),
        MarkerInterval = TimeSpan.FromMilliseconds(10),
        Interference = interference,
    };

    private async Task<DemoResult> RunAsync(Func<DemoOptions, DemoOptions>? change = null, DemoInterference? interference = null)
    {
        var options = Options(interference ?? new DemoInterference());
        var engine = new DemoEngine(TimeProvider.System, new RepositoryFactory(TimeProvider.System, 1000));
        return await engine.RunAsync(change?.Invoke(options) ?? options, null, Stop);
    }

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
