using System.Security.Cryptography;
using DrTools.Drills.History;
using DrTools.Expiry;
using DrTools.Plans;
using DrTools.Repositories.Journal;
using DrTools.Retention;
using DrTools.Verification;

namespace DrTools.Drills.Tests;

/// <summary>Drills with a real SQLite database.</summary>
public sealed class SqliteDrillTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DrillScenario.TableDropped)]
    [InlineData(DrillScenario.DatabaseCorrupted)]
    [InlineData(DrillScenario.RansomwareEncrypted)]
    public async Task A_database_comes_back_and_the_loss_is_measured(DrillScenario scenario)
    {
        using var workspace = new DrillWorkspace("checks: { assertions: ['select count(*) = 2000 from orders'] }");
        workspace.MakeDatabase();
        var before = Hash(workspace.Database);
        await using (var near = await workspace.CreateAsync("near", "here"))
        {
            await DrillWorkspace.BackUpAsync(near, "sqlite:" + workspace.Database);
        }

        var result = await DrillWorkspace.RunAsync(workspace.Request("shop", scenario));
        Assert.True(result.Passed, Describe(result));
        Assert.All(result.Checks, c => Assert.Equal(DrillOutcome.Passed, c.Outcome));
        Assert.Contains(result.Checks, c => c is { Kind: DrillCheckKind.Damage });
        Assert.Contains(result.Checks, c => c.Name == "Every value of every table" && c.Detail.StartsWith("2,200 rows of 3 tables", StringComparison.Ordinal));
        Assert.Contains(result.Checks, c => c.Name.StartsWith("Assertion: select", StringComparison.Ordinal));

        // What was written after the one backup of the stand-in is lost, and nothing else.
        var loss = Assert.Single(result.Losses);
        Assert.InRange(loss.Lost, 1, loss.Written - 1);
        Assert.True(loss.LastKept < loss.FirstLost && loss.FirstLost <= result.Event);
        Assert.Equal(result.Event - loss.LastKept, loss.Measured);
        Assert.Equal(TimeSpan.FromMinutes(10), loss.Planned);
        Assert.Equal(loss.Exposure, result.MeasuredRpo);
        Assert.True(loss.Exposure > loss.Measured);
        var recovery = result.Phases.Where(p => p.IsRecovery).ToList();
        Assert.Equal([DrillStep.Detect, DrillStep.Decide, DrillStep.Restore, DrillStep.Replay, DrillStep.Check], recovery.Select(p => p.Step));
        Assert.True(result.MeasuredRto >= TimeSpan.FromTicks(recovery.Sum(p => p.Duration.Ticks)));

        // Production was not touched, and nothing is left behind.
        Assert.Equal(before, Hash(workspace.Database));
        workspace.AssertClean();
    }

    [Fact]
    public async Task A_drill_on_a_hundred_thousand_rows_is_quick()
    {
        using var workspace = new DrillWorkspace();
        workspace.MakeDatabase(100_000);
        await using (var near = await workspace.CreateAsync("near", "here"))
        {
            await DrillWorkspace.BackUpAsync(near, "sqlite:" + workspace.Database);
        }

        var result = await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.TableDropped));
        Assert.True(result.Passed, Describe(result));
        TestContext.Current.TestOutputHelper?.WriteLine($"{result.Duration} in all, RTO {result.MeasuredRto}");
        Assert.True(result.Duration < TimeSpan.FromMinutes(1), $"It took {result.Duration}; 20 s are meant, on a machine with nothing else to do.");
    }

    [Fact]
    public async Task A_result_is_kept_sealed_and_vouched_for_by_the_journal()
    {
        using var workspace = new DrillWorkspace();
        workspace.MakeDatabase(200);
        await using var near = await workspace.CreateAsync("near", "here");
        await DrillWorkspace.BackUpAsync(near, "sqlite:" + workspace.Database);
        var result = await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.TableDropped));
        var history = new DrillHistory(near);
        var kept = await history.FindAsync("latest", Stop);
        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(result), System.Text.Json.JsonSerializer.Serialize(kept));
        Assert.Equal(result.Id, Assert.Single(await history.ListAsync(new DrillFilter { Service = "SHOP", Scenario = DrillScenario.TableDropped }, Stop)).Id);
        Assert.Empty(await history.ListAsync(new DrillFilter { Service = "other" }, Stop));
        var record = (await near.Journal.ReadAsync(1, Stop))[0];
        Assert.True(record is { Operation: "drill", Outcome: RunOutcome.Succeeded, Mode: "table-dropped, partial" });
        var path = workspace.PathOf($"near/{record.ObjectName}");
        Assert.Equal(record.ObjectHash, Hash(path));

        // Expiry does not touch it.
        await new ExpiryEngine(near).RunAsync(new ExpiryOptions { Policy = RetentionPolicy.Parse(["last=1"]), OrphanGrace = TimeSpan.Zero }, Stop);
        Assert.Equal(result.Id, Assert.Single(await history.ListAsync(new DrillFilter(), Stop)).Id);

        // It belongs into the repository, and damage to it is found.
        Assert.True((await new VerificationEngine(near, new VerifyOptions()).CheckRepositoryAsync(Stop)).Passed);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var bytes = await File.ReadAllBytesAsync(path, Stop);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, Stop);
        Assert.Equal(DrError.IntegrityFailure, (await Assert.ThrowsAsync<DrException>(() => history.FindAsync("latest", Stop))).Error);
        Assert.Equal(record.ObjectName, Assert.Single((await new VerificationEngine(near, new VerifyOptions()).CheckRepositoryAsync(Stop)).Findings).Object);
        Assert.Equal(DrError.DrillMissing, (await Assert.ThrowsAsync<DrException>(() => history.FindAsync("nothing", Stop))).Error);
    }

    [Fact]
    public async Task A_lost_site_is_recovered_from_another_one_only()
    {
        using var workspace = new DrillWorkspace();
        workspace.MakeDatabase(200);
        await using var near = await workspace.CreateAsync("near", "here");
        await using var far = await workspace.CreateAsync("far", "there");
        await DrillWorkspace.BackUpAsync(near, "sqlite:" + workspace.Database);
        var red = await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.SiteLost));
        Assert.False(red.Passed);
        Assert.Contains(red.Checks, c => c is { Name: "There is a backup to recover from", Outcome: DrillOutcome.Failed } && c.Detail.Contains("in far", StringComparison.Ordinal));
        Assert.Null(red.MeasuredRto);
        await DrillWorkspace.BackUpAsync(far, "sqlite:" + workspace.Database);
        var green = await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.SiteLost));
        Assert.True(green.Passed, Describe(green));
        Assert.Equal("far", Assert.Single(green.Backups).Repository);
        Assert.Equal([red.Id, green.Id], (await workspace.HistoryAsync()).Select(d => d.Id));
    }

    [Fact]
    public async Task A_random_backup_is_the_seeds_choice_and_a_planned_drill_brings_its_objectives()
    {
        using var workspace = new DrillWorkspace();
        workspace.MakeDatabase(200);
        await using var near = await workspace.CreateAsync("near", "here");
        var ids = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            ids.Add((await DrillWorkspace.BackUpAsync(near, "sqlite:" + workspace.Database)).Id);
        }

        var request = Assert.Single(DrillRequest.OfPlanned(workspace.Plan(), "MONTHLY"));
        Assert.True(request is { Service: "shop", Scenario: DrillScenario.TableDropped, RandomBackup: true, Level: DrillLevel.Partial });
        Assert.Equal(new Objectives(TimeSpan.FromMinutes(5), TimeSpan.FromHours(1)), request.Objectives);
        var engine = new DrillEngine(new PlanSecrets());
        var chosen = new HashSet<string>();
        for (var seed = 0; seed < 12; seed++)
        {
            var course = await engine.PlanAsync(request with { Seed = seed }, Stop);
            var again = await engine.PlanAsync(request with { Seed = seed }, Stop);
            Assert.Equal(course.Backups[0].BackupId, again.Backups[0].BackupId);
            chosen.Add(course.Backups[0].BackupId);
        }

        Assert.Equal(ids.Order(), chosen.Order());
        var result = await DrillWorkspace.RunAsync(request with { Seed = 5, WorkFolder = workspace.PathOf("scratch"), Production = TimeSpan.FromMilliseconds(100) });
        Assert.True(result.Passed, Describe(result));
        Assert.True(result is { Drill: "monthly", RandomBackup: true, Seed: 5, Participants: ["On-call engineer (operator)"], SuccessCriteria: ["Nobody asked."] });
        Assert.Equal(4, result.Backups[0].Kept);
    }

    [Fact]
    public async Task What_would_be_done_is_told_and_nothing_is_done()
    {
        using var workspace = new DrillWorkspace();
        workspace.MakeDatabase(200);
        await using var near = await workspace.CreateAsync("near", "here");
        await DrillWorkspace.BackUpAsync(near, "sqlite:" + workspace.Database);
        var records = (await near.Journal.ReadAsync(100, Stop)).Count;
        var course = await new DrillEngine(new PlanSecrets()).PlanAsync(workspace.Request("shop", DrillScenario.TableDropped), Stop);
        Assert.Equal([DrillStep.Prepare, DrillStep.Protect, DrillStep.Event, DrillStep.Detect, DrillStep.Decide, DrillStep.Restore, DrillStep.Replay, DrillStep.Check], course.Steps.Select(s => s.Step));
        Assert.Empty(course.Obstacles);
        Assert.True(course.NeededBytes > 0 && course.FreeBytes > 0);
        Assert.Equal(records, (await near.Journal.ReadAsync(100, Stop)).Count);
        Assert.Empty(await workspace.HistoryAsync());
        workspace.AssertClean();
    }

    [Theory]
    [InlineData("files", DrillScenario.TableDropped, DrillLevel.Partial, "is about databases, and files has none")]
    [InlineData("shop", DrillScenario.FileDeleted, DrillLevel.Partial, "is about files, and shop has none")]
    [InlineData("shop", DrillScenario.TableDropped, DrillLevel.Full, "The plan has no failover steps of shop")]
    [InlineData("shop", DrillScenario.Custom, DrillLevel.Partial, "A custom scenario is one of a runbook")]
    [InlineData("shap", DrillScenario.TableDropped, DrillLevel.Partial, "Did you mean 'shop'?")]
    public async Task What_there_is_no_drill_for_is_refused(string service, DrillScenario scenario, DrillLevel level, string message)
    {
        using var workspace = new DrillWorkspace();
        var error = await Assert.ThrowsAsync<DrException>(() => DrillWorkspace.RunAsync(workspace.Request(service, scenario) with { Level = level }));
        Assert.Equal(DrError.BadUsage, error.Error);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    internal static string Describe(DrillResult result) =>
        string.Join(Environment.NewLine, result.Checks.Where(c => c.Outcome != DrillOutcome.Passed).Select(c => $"{c.Outcome} {c.Name}: {c.Detail}").Concat(result.Findings.Select(f => f.Problem)));

    private static string Hash(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
