using DrTools.Backup;
using DrTools.Drills.Coverage;
using DrTools.Plans;
using DrTools.Restore;
using DrTools.Verification;

namespace DrTools.Drills.Tests;

/// <summary>Which backups were ever restored.</summary>
public sealed class CoverageTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Drills_restores_and_verifications_count_and_the_others_are_due()
    {
        using var workspace = new DrillWorkspace();
        workspace.MakeFiles();
        await using var near = await workspace.CreateAsync("near", "here");
        var backups = new List<BackupInfo>();
        for (var i = 0; i < 5; i++)
        {
            backups.Add(await DrillWorkspace.BackUpAsync(near, "files:" + workspace.PathOf("data")));
        }

        // One restored as a whole, one verified by restoring, one of which a single file was restored, one drilled.
        await new RestoreEngine(near).RestoreAsync(backups[3], workspace.PathOf("whole"), new RestoreOptions(), null, Stop);
        await new VerificationEngine(near, new VerifyOptions { Level = VerifyLevel.Restore, WorkFolder = workspace.PathOf("scratch") }).VerifyAsync(backups[2].Id, null, Stop);
        await new VerificationEngine(near, new VerifyOptions { Level = VerifyLevel.Content }).VerifyAsync(backups[0].Id, null, Stop);
        await new RestoreEngine(near).RestoreAsync(backups[0], workspace.PathOf("single"), new RestoreOptions { Include = ["/a/file-2.txt"] }, null, Stop);
        var drill = await DrillWorkspace.RunAsync(workspace.Request("files", DrillScenario.FileDeleted));
        Assert.True(drill.Passed, SqliteDrillTests.Describe(drill));

        var coverage = await MeasureAsync(workspace);
        Assert.Equal((5, 3, 2, 0), (coverage.Backups.Count, coverage.Covered, coverage.NeverTested, coverage.Failing));
        Assert.False(coverage.Passed);
        Assert.Equal(CoverageMeter.Year / 5, coverage.Interval);
        Assert.Equal([backups[0].Id, backups[1].Id, backups[3].Id, backups[2].Id, backups[4].Id], coverage.Backups.Select(b => b.BackupId));
        Assert.Equal([null, null, BackupTestKind.Restore, BackupTestKind.Verification, BackupTestKind.Drill], coverage.Backups.Select(b => b.Last?.Kind));
        Assert.All(coverage.Backups.Skip(2), b => Assert.Single(b.Tests));
        Assert.Equal("file-deleted, partial", coverage.Backups[4].Last!.Detail);
        Assert.Equal([TimeSpan.Zero, CoverageMeter.Year / 5], coverage.Backups.Take(2).Select(b => b.Due - coverage.Measured));
        Assert.All(coverage.Backups.Skip(2), b => Assert.Equal(CoverageMeter.Year, b.Due - b.Last!.Started));

        // Whoever takes the least tested ones tests every one of them in turn.
        foreach (var expected in (BackupInfo[])[backups[0], backups[1], backups[3]])
        {
            var next = await DrillWorkspace.RunAsync(workspace.Request("files", DrillScenario.FileDeleted) with { LeastTested = true });
            Assert.True(next is { Passed: true, LeastTested: true }, SqliteDrillTests.Describe(next));
            Assert.Equal(expected.Id, next.Backups[0].BackupId);
        }

        coverage = await MeasureAsync(workspace);
        Assert.True(coverage.Passed);
        Assert.Equal(2, coverage.Backups.Single(b => b.BackupId == backups[3].Id).Tests.Count);
        var error = await Assert.ThrowsAsync<DrException>(() => DrillWorkspace.RunAsync(workspace.Request("files", DrillScenario.FileDeleted) with { LeastTested = true, RandomBackup = true }));
        Assert.Equal(DrError.BadUsage, error.Error);
    }

    [Fact]
    public async Task A_backup_that_failed_is_not_covered_and_one_in_another_repository_counts_for_itself()
    {
        using var workspace = new DrillWorkspace();
        workspace.MakeDatabase(200);
        await using var near = await workspace.CreateAsync("near", "here");
        await using var far = await workspace.CreateAsync("far", "there");
        await DrillWorkspace.BackUpAsync(near, "sqlite:" + workspace.Database);
        await DrillWorkspace.BackUpAsync(far, "sqlite:" + workspace.Database);

        // A missed objective is no fault of the backup.
        var lost = await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.SiteLost) with { Plan = workspace.Plan("rto: 10m, rpo: 1s"), Production = TimeSpan.FromSeconds(1.2) });
        Assert.False(lost.Passed);
        File.Delete(Directory.EnumerateFiles(workspace.PathOf("near/packs"), "*", SearchOption.AllDirectories).First());
        Assert.False((await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.TableDropped))).Passed);
        var coverage = await MeasureAsync(workspace, "shop");
        Assert.Equal((2, 1, 0, 1), (coverage.Backups.Count, coverage.Covered, coverage.NeverTested, coverage.Failing));
        var failed = Assert.Single(coverage.Backups, b => b.Repository == "near");
        Assert.True(failed is { IsCovered: false, Last.Passed: false } && failed.Due == coverage.Measured);
        Assert.StartsWith("Every object of the backup is there: ", failed.Last.Detail, StringComparison.Ordinal);
        Assert.True(Assert.Single(coverage.Backups, b => b.Repository == "far").IsCovered);

        // What cannot be looked at is told, and keeps it from passing.
        Directory.Move(workspace.PathOf("far"), workspace.PathOf("away"));
        coverage = await MeasureAsync(workspace, "shop");
        Assert.Single(coverage.Findings);
        Assert.Single(coverage.Backups);
        Directory.Move(workspace.PathOf("away"), workspace.PathOf("far"));

        // A year later nothing is covered any more.
        var later = await new CoverageMeter(new PlanSecrets(), new Later(CoverageMeter.Year + TimeSpan.FromDays(1))).RunAsync(workspace.Plan(), ["shop"], Stop);
        Assert.Equal(0, Assert.Single(later).Covered);
        Assert.All(later[0].Backups, b => Assert.Equal(later[0].Measured, b.Due));
    }

    private static async Task<DrillCoverage> MeasureAsync(DrillWorkspace workspace, string service = "files") =>
        Assert.Single(await new CoverageMeter(new PlanSecrets()).RunAsync(workspace.Plan(), [service], Stop));

    private sealed class Later(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
