namespace DrTools.Plans.Tests;

/// <summary>Plan and reality, on real repositories.</summary>
public sealed class PlanTestTests
{
    private const string Plan = """
        version: 1
        name: Reality
        sites:
          here: { role: primary }
          there: { role: vault }
        repositories:
          near: { location: near, medium: disk, site: here, passphrase: 'file:pass' }
          far: { location: far, medium: tape, site: there, passphrase: 'file:pass' }
        copies: { rule: 3-2-1 }
        services:
          shop:
            tier: standard
            site: here
            sources:
              - source: files:data
                repositories: [near, far]
                schedules: { type: incremental, every: 3h }
                retention: { keep: daily=30 }
        """;

    [Fact]
    public async Task A_plan_that_is_carried_out_passes_with_nothing_left_unchecked()
    {
        using var workspace = new PlanWorkspace();
        await using var near = await workspace.CreateAsync("near", "disk", "here");
        await using var far = await workspace.CreateAsync("far", "tape", "there");
        await workspace.BackUpAsync(near, far);
        var result = await PlanWorkspace.TestAsync(workspace.Write(Plan));
        Assert.All(result.Findings, f => Assert.Equal(PlanFindingSeverity.Passed, f.Severity));
        Assert.True(result is { Passed: true, ComparedWithReality: true });
        Assert.Equal(["opens", "medium", "site", "opens", "medium", "site", "source", "backup", "backup", "RPO by method", "retention", "copies"], result.Findings.Select(f => f.Check));
    }

    [Fact]
    public async Task What_is_late_or_missing_is_told_with_its_remedy()
    {
        using var workspace = new PlanWorkspace();
        await using var near = await workspace.CreateAsync("near", "disk", "there");
        await using var far = await workspace.CreateAsync("far");
        await workspace.BackUpAsync(near);
        var result = await PlanWorkspace.TestAsync(workspace.Write(Plan), TimeSpan.FromHours(5));
        Assert.False(result.Passed);
        Expect(result, PlanFindingSeverity.Error, "near", "site", "The plan says here, and the repository declares there.", "Find out which is true.");
        Expect(result, PlanFindingSeverity.Warning, "far", "medium", "The plan says tape, and the repository declares none.", "drtools place --medium tape");
        Expect(result, PlanFindingSeverity.Error, "in near", "backup", "The newest backup is 5 h", "See why none was taken since");
        Expect(result, PlanFindingSeverity.Error, "in far", "backup", "There is no backup of it", "drtools copy all --to " + workspace.PathOf("far"));
        Expect(result, PlanFindingSeverity.Error, "files:", "copies", "3-2-1 is not met: 1 copy", "Copy backups to");
        Assert.All(result.Findings.Where(f => f.Service is not null), f => Assert.Equal("shop", f.Service));
        Assert.All(result.Findings, f => Assert.True(f.Line > 0));
    }

    [Fact]
    public async Task What_cannot_be_looked_at_is_not_checked_and_so_not_passed()
    {
        using var workspace = new PlanWorkspace();
        await using var near = await workspace.CreateAsync("near", "disk", "here");
        await workspace.BackUpAsync(near);
        var result = await PlanWorkspace.TestAsync(workspace.Write(Plan.Replace("location: far, medium: tape, site: there, passphrase: 'file:pass'", "location: far, medium: tape, site: there, passphrase: env:DRTOOLS_TEST_NO_SUCH", StringComparison.Ordinal)));
        Assert.False(result.Passed);
        Expect(result, PlanFindingSeverity.Error, "far", "opens", "The variable DRTOOLS_TEST_NO_SUCH", "Set DRTOOLS_TEST_NO_SUCH");
        Expect(result, PlanFindingSeverity.NotChecked, "in far", "backup", "is not known", "See what is said of the repository.");
        Expect(result, PlanFindingSeverity.NotChecked, "files:", "copies", "far cannot be used", "See what is said of the repositories.");
    }

    [Fact]
    public async Task Objectives_that_cannot_be_reached_are_told_before_the_disaster()
    {
        using var workspace = new PlanWorkspace();
        var result = await PlanWorkspace.TestAsync(workspace.Write("""
            version: 1
            name: Hope
            sites: { here: { role: primary }, there: { role: secondary } }
            repositories:
              near: { location: near, site: here }
            regulations:
              law: { requires: Keep it., metBy: Backups., keepFor: 10y }
            services:
              slow:
                tier: low
              shop:
                tier: critical
                strategy: warm-standby
                dependsOn: slow
                regulations: law
                sources:
                  - source: files:data
                    repositories: near
                    schedules: { type: full, cron: 0 2 * * * }
                    retention: { keep: daily=30, logWindow: 60d }
                  - source: files:nowhere
                    repositories: near
                    log: { method: archive, interval: 5m }
                  - source: sqlite:elsewhere.db
                    host: another-host
                    repositories: near
                    schedules: { type: full, every: 7d }
                    retention: { keep: last=1 }
            """));
        Expect(result, PlanFindingSeverity.Error, "shop", "dependency", "shop is to be back within 1h, and slow, which must be there first, only within 3d.", "Give slow an RTO of 1h or less");
        Expect(result, PlanFindingSeverity.Warning, "shop", "strategy", "The strategy warm-standby rests on replication", "backup-restore");
        Expect(result, PlanFindingSeverity.Error, "shop", "site", "Every repository of files:" + workspace.PathOf("data") + " is at here", "another site");
        Expect(result, PlanFindingSeverity.Error, "data", "RPO by method", "The RPO of 15m cannot be reached: backups are up to 1d apart", "more often");
        Expect(result, PlanFindingSeverity.Error, "data", "retention", "law demands backups of 3650d", "yearly=10");
        Expect(result, PlanFindingSeverity.Error, "data", "retention", "Every moment of 60d is to be restorable", "logWindow");
        Expect(result, PlanFindingSeverity.Error, "nowhere", "RPO by method", "a source of this kind has none", "Remove 'log'");
        Expect(result, PlanFindingSeverity.Error, "nowhere", "source", "It is not there.", "host");
        Expect(result, PlanFindingSeverity.Warning, "nowhere", "schedule", "No schedule is given", "Add 'schedules'");
        Expect(result, PlanFindingSeverity.Information, "elsewhere.db", "source", "It is on another-host", "Test the plan on another-host too.");
        Expect(result, PlanFindingSeverity.Error, "near", "opens", "There is no repository at", "create a repository there first");
    }

    [Fact]
    public async Task Only_the_services_that_are_named_are_compared()
    {
        using var workspace = new PlanWorkspace();
        var read = workspace.Write(PlanFile.Least + "\n  other:\n    tier: low\n");
        var result = await PlanWorkspace.TestAsync(read, default, "other");
        Assert.Equal(["sources"], result.Findings.Select(f => f.Check));
        Assert.True(result.Passed);
        Assert.Equal(DrError.BadUsage, (await Assert.ThrowsAsync<DrException>(() => PlanWorkspace.TestAsync(read, default, "othr"))).Error);
    }

    private static void Expect(PlanTestResult result, PlanFindingSeverity severity, string subject, string check, string message, string remedy) =>
        Assert.Contains(result.Findings, f => f.Severity == severity && f.Check == check && f.Subject.EndsWith(subject, StringComparison.Ordinal) | f.Subject.StartsWith(subject, StringComparison.Ordinal)
            && f.Message.Contains(message, StringComparison.Ordinal) && (f.Remedy ?? string.Empty).Contains(remedy, StringComparison.Ordinal));
}
