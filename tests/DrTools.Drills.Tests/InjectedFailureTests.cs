using System.Net;
using System.Net.Sockets;
using DrTools.Plans;

namespace DrTools.Drills.Tests;

/// <summary>What is broken on purpose must turn a drill red, and for that reason.</summary>
public sealed class InjectedFailureTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_corrupted_backup()
    {
        using var workspace = await WithBackupAsync();
        foreach (var pack in Directory.EnumerateFiles(workspace.PathOf("near/packs"), "*", SearchOption.AllDirectories))
        {
            File.SetUnixFileMode(pack, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            var bytes = await File.ReadAllBytesAsync(pack, Stop);
            for (var i = bytes.Length / 4; i < bytes.Length / 2; i += 97)
            {
                bytes[i] ^= 0x40;
            }

            await File.WriteAllBytesAsync(pack, bytes, Stop);
        }

        var result = await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.TableDropped));
        Expect(result, DrillCheckKind.BackupIntegrity, "Everything of the backup can be read", "cannot be restored");
        Assert.Contains(result.Findings, f => f.ErrorId == nameof(DrError.IntegrityFailure));
        Assert.Contains(result.Checks, c => c is { Kind: DrillCheckKind.Recovered, Outcome: DrillOutcome.NotRun });
        Assert.Null(result.Event);
        Assert.Null(result.MeasuredRto);
        Assert.Null(result.MeasuredRpo);
        Assert.Equal(result.Id, Assert.Single(await workspace.HistoryAsync()).Id);
        workspace.AssertClean();
    }

    [Fact]
    public async Task A_backup_of_which_an_object_is_gone()
    {
        using var workspace = await WithBackupAsync();
        File.Delete(Directory.EnumerateFiles(workspace.PathOf("near/packs"), "*", SearchOption.AllDirectories).First());
        Expect(await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.DatabaseCorrupted)), DrillCheckKind.BackupIntegrity, "Every object of the backup is there", "it is missing");
    }

    [Fact]
    public async Task A_scratch_disk_that_is_too_small()
    {
        using var workspace = await WithBackupAsync();
        using var disk = new DrTools.Tests.Stores.SmallDisk("size=256k");
        var result = await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.TableDropped) with { WorkFolder = disk.Path });
        Expect(result, DrillCheckKind.Preparation, "Space for scratch copies", "are free at " + disk.Path);
        Assert.Contains(result.Findings, f => f.ErrorId == nameof(DrError.OutOfSpace));
        Assert.Null(result.MeasuredRto);
        Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Path));
    }

    [Theory]
    [InlineData(503, "down", 200, "ok", "status 503 instead of 200")]
    [InlineData(200, "starting", 200, "ok", "the body does not contain 'ok'")]
    public async Task An_application_that_never_becomes_healthy(int status, string body, int expected, string wanted, string reason)
    {
        await using var application = new Application(_ => (status, body));
        using var workspace = await WithBackupAsync($"checks: {{ health: {{ url: '{application.Url}', status: {expected}, body: {wanted}, within: 1s }} }}");
        var result = await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.TableDropped));
        Expect(result, DrillCheckKind.Application, $"{application.Url} is healthy", reason);
        Assert.True(application.Requests > 1, "It is asked again until the time is over.");
        Assert.Single(result.Checks, c => c.Outcome == DrillOutcome.Failed);
        Assert.Null(result.MeasuredRto);
        Assert.NotNull(result.MeasuredRpo);
    }

    [Fact]
    public async Task An_application_that_becomes_healthy_in_time_is_waited_for_and_the_wait_is_measured()
    {
        await using var application = new Application(n => n < 3 ? (503, "starting") : (200, "all ok"));
        using var workspace = await WithBackupAsync($"checks: {{ health: {{ url: '{application.Url}', body: ok, within: 1m }}, names: {{ name: localhost, addresses: {Localhost()} }} }}");
        var result = await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.TableDropped));
        Assert.True(result.Passed, SqliteDrillTests.Describe(result));
        Assert.Contains(result.Checks, c => c.Kind == DrillCheckKind.Application && c.Detail.Contains("after 3 requests", StringComparison.Ordinal));
        Assert.True(result.MeasuredRto > TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_name_that_leads_somewhere_else()
    {
        using var workspace = await WithBackupAsync("checks: { names: { name: localhost, addresses: 192.0.2.10 } }");
        var result = await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.TableDropped));
        Expect(result, DrillCheckKind.Names, "localhost leads where it should", "it does not lead to 192.0.2.10; it leads to");
    }

    [Fact]
    public async Task An_assertion_that_does_not_hold()
    {
        using var workspace = await WithBackupAsync("checks: { assertions: ['select count(*) > 100000 from orders', 'select 1 from nowhere'] }");
        var result = await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.DatabaseCorrupted));
        Expect(result, DrillCheckKind.Consistency, "Assertion: select count(*) > 100000 from orders", "returned 0 in row 1");
        Expect(result, DrillCheckKind.Consistency, "Assertion: select 1 from nowhere", "could not run: ");
    }

    [Fact]
    public async Task A_reference_that_leads_nowhere_is_named()
    {
        using var workspace = new DrillWorkspace();
        workspace.MakeDatabase(200);
        using (var shop = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={workspace.Database};Pooling=False;Foreign Keys=False"))
        {
            await shop.OpenAsync(Stop);
            using var command = shop.CreateCommand();
            command.CommandText = "UPDATE orders SET customer_id = 999999 WHERE id = 17";
            await command.ExecuteNonQueryAsync(Stop);
        }

        await using (var near = await workspace.CreateAsync("near", "here"))
        {
            await DrillWorkspace.BackUpAsync(near, "sqlite:" + workspace.Database);
        }

        Expect(await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.TableDropped)), DrillCheckKind.Consistency, "Foreign keys lead to rows that are there", "orders row 17 refers to no row of customers");
    }

    [Fact]
    public async Task Objectives_that_are_missed()
    {
        using var workspace = await WithBackupAsync();
        var request = workspace.Request("shop", DrillScenario.TableDropped) with { Plan = workspace.Plan("rto: 1s, rpo: 1s"), Production = TimeSpan.FromSeconds(1.2) };
        var result = await DrillWorkspace.RunAsync(request);
        Expect(result, DrillCheckKind.Objective, "Recovery point objective", "objective 1s");
        Assert.NotNull(result.MeasuredRto);
    }

    [Fact]
    public async Task A_repository_that_does_not_open()
    {
        using var workspace = await WithBackupAsync();
        await File.WriteAllTextAsync(workspace.PathOf("pass"), "wrong\n", Stop);
        var result = await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.TableDropped));
        Expect(result, DrillCheckKind.BackupIntegrity, "There is a backup to recover from", "does not open");
        Assert.Contains(result.Findings, f => f.Problem.StartsWith("The result could not be kept in near", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_drill_that_is_stopped_removes_what_it_made_and_is_recorded()
    {
        using var workspace = await WithBackupAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var progress = new Now(p =>
        {
            if (p is { Step: DrillStep.Restore, Phase: null })
            {
                stop.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new DrillEngine(new PlanSecrets()).RunAsync(workspace.Request("shop", DrillScenario.TableDropped), progress, stop.Token));
        workspace.AssertClean();
        await using var near = await workspace.OpenAsync("near");
        Assert.Contains(await near.Journal.ReadAsync(2, Stop), r => r is { Operation: "drill", Outcome: Repositories.Journal.RunOutcome.Interrupted });
        Assert.Empty(await workspace.HistoryAsync());
    }

    internal static void Expect(DrillResult result, DrillCheckKind kind, string name, string detail)
    {
        Assert.False(result.Passed);
        Assert.Contains(result.Checks, c => c.Kind == kind && c.Name == name && c.Outcome == DrillOutcome.Failed && c.Detail.Contains(detail, StringComparison.Ordinal));
    }

    private static async Task<DrillWorkspace> WithBackupAsync(string checks = "")
    {
        var workspace = new DrillWorkspace(checks);
        workspace.MakeDatabase();
        await using var near = await workspace.CreateAsync("near", "here");
        await DrillWorkspace.BackUpAsync(near, "sqlite:" + workspace.Database);
        return workspace;
    }

    private static string Localhost() => $"[{string.Join(", ", Dns.GetHostAddresses("localhost").Select(a => $"'{a}'"))}]";

    private sealed class Now(Action<DrillProgress> take) : IProgress<DrillProgress>
    {
        public void Report(DrillProgress value) => take(value);
    }

    /// <summary>An application that answers over HTTP as it is told to.</summary>
    private sealed class Application : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Func<int, (int Status, string Body)> _answer;
        private readonly Task _serving;

        public Application(Func<int, (int Status, string Body)> answer)
        {
            _answer = answer;
            _listener.Start();
            _serving = ServeAsync();
        }

        public int Requests { get; private set; }

        public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/health";

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving;
        }

        private async Task ServeAsync()
        {
            while (true)
            {
                try
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    await using var stream = client.GetStream();
                    await stream.ReadAtLeastAsync(new byte[4096], 1, throwOnEndOfStream: false);
                    var (status, body) = _answer(++Requests);
                    await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 {status} X\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
                {
                    if (!_listener.Server.IsBound)
                    {
                        return;
                    }
                }
            }
        }
    }
}
