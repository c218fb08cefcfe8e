using DrTools.Plans;
using DrTools.Repositories;
using DrTools.Repositories.Keys;

namespace DrTools.Drills.Tests;

/// <summary>The key on the host is lost, and recovery has to do with what is left.</summary>
public sealed class KeyLostDrillTests
{
    private const string SafeKey = ", recoveryKeys: { keyFile: safe/near.key }";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("shop")]
    [InlineData("both")]
    public async Task Everything_comes_back_with_the_key_from_the_safe(string service)
    {
        using var workspace = new DrillWorkspace { NearKeys = SafeKey };
        var slots = await PrepareAsync(workspace);
        var before = Objects(workspace);
        var result = await DrillWorkspace.RunAsync(workspace.Request(service, DrillScenario.KeyLost));
        Assert.True(result.Passed, SqliteDrillTests.Describe(result));
        Assert.Contains(result.Checks, c => c is { Kind: DrillCheckKind.Damage, Name: "near does not open without its key", Outcome: DrillOutcome.Passed });
        Assert.Contains(result.Checks, c => c.Name == $"Recovery key of near: key file {workspace.PathOf("safe/near.key")}" && c.Outcome == DrillOutcome.Passed && c.Detail.EndsWith("(in the safe)", StringComparison.Ordinal));
        Assert.Contains(result.Checks, c => c is { Name: "Every value of every table", Outcome: DrillOutcome.Passed });
        Assert.True(result.MeasuredRto > TimeSpan.Zero);
        Assert.Contains(result.Limits, l => l.StartsWith("The recovery keys were in reach", StringComparison.Ordinal));
        Assert.Equal(service == "shop", result.Findings.Any(f => f.Problem.StartsWith("The plan names no recovery key of far", StringComparison.Ordinal)));

        // The keys of the repository are what they were, and nothing but the result was added.
        await using var near = await workspace.OpenAsync("near");
        Assert.Equal(slots, near.Keys.Select(k => k.Id));
        Assert.All(Objects(workspace).Except(before), o => Assert.Matches("^(drills|journal|runs)/", o));
        workspace.AssertClean();
    }

    [Fact]
    public async Task A_plan_that_names_nothing_that_is_left_turns_it_red()
    {
        using var workspace = new DrillWorkspace();
        await PrepareAsync(workspace);
        var result = await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.KeyLost));
        InjectedFailureTests.Expect(result, DrillCheckKind.BackupIntegrity, "There is a backup to recover from", "The plan names no recovery key of near or far: with the key on this host every backup of sqlite:");
        Assert.Contains(result.Findings, f => f.ErrorId == nameof(DrError.KeyRequired) && f.Remedy.Contains("recoveryKeys", StringComparison.Ordinal));
        Assert.Null(result.MeasuredRto);
        var course = await new DrillEngine(new PlanSecrets()).PlanAsync(workspace.Request("shop", DrillScenario.KeyLost), Stop);
        Assert.Contains(course.Obstacles, o => o.ErrorId == nameof(DrError.KeyRequired));
    }

    [Fact]
    public async Task A_recovery_key_that_does_not_open_turns_it_red()
    {
        using var workspace = new DrillWorkspace { NearKeys = ", recoveryKeys: [{ keyFile: safe/other.key }, { keyFile: safe/near.key }, { passphrase: 'file:safe/none' }]" };
        await PrepareAsync(workspace);
        RepositoryCredential.CreateKeyFile(workspace.PathOf("safe/other.key")).Dispose();
        var result = await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.KeyLost));

        // The second one opens it, so that everything is back; but two are not what the plan says.
        Assert.False(result.Passed);
        Assert.Equal(2, result.Checks.Count(c => c.Outcome == DrillOutcome.Failed));
        InjectedFailureTests.Expect(result, DrillCheckKind.Recovered, $"Recovery key of near: key file {workspace.PathOf("safe/other.key")}", "does not open");
        Assert.Contains(result.Checks, c => c is { Name: "Every value of every table", Outcome: DrillOutcome.Passed });
        Assert.Null(result.MeasuredRto);
    }

    [Fact]
    public async Task A_recovery_key_that_is_not_there_turns_it_red()
    {
        using var workspace = new DrillWorkspace { NearKeys = SafeKey };
        await PrepareAsync(workspace);
        File.Delete(workspace.PathOf("safe/near.key"));
        var result = await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.KeyLost));
        InjectedFailureTests.Expect(result, DrillCheckKind.Recovered, "Decide", "near.key");
        Assert.Contains(result.Checks, c => c is { Name: "The data is back", Outcome: DrillOutcome.NotRun });
        workspace.AssertClean();
    }

    [Fact]
    public async Task A_copy_of_the_lost_key_counts_and_is_told()
    {
        using var workspace = new DrillWorkspace { NearKeys = ", recoveryKeys: { passphrase: 'file:safe/copy' }" };
        await PrepareAsync(workspace);
        File.Copy(workspace.PathOf("pass"), workspace.PathOf("safe/copy"));
        var result = await DrillWorkspace.RunAsync(workspace.Request("shop", DrillScenario.KeyLost));
        Assert.True(result.Passed, SqliteDrillTests.Describe(result));
        Assert.Contains(result.Findings, f => f.Problem.Contains("is a copy of the one that is lost", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_a_repository_that_is_not_encrypted_no_key_can_be_lost()
    {
        using var workspace = new DrillWorkspace();
        workspace.MakeDatabase(200);
        await using (var near = await new RepositoryFactory().CreateAsync(workspace.PathOf("near"), RepositoryCredential.None, new RepositoryPlace("disk", "here"), Stop))
        {
            await DrillWorkspace.BackUpAsync(near, "sqlite:" + workspace.Database);
        }

        Directory.CreateDirectory(workspace.PathOf("safe"));
        RepositoryCredential.CreateKeyFile(workspace.PathOf("safe/near.key")).Dispose();
        var request = workspace.Request("shop", DrillScenario.KeyLost);
        var file = workspace.PathOf("dr.yaml");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file, Stop)).Replace("site: here, passphrase: 'file:pass'", "site: here" + SafeKey, StringComparison.Ordinal), Stop);
        var result = await DrillWorkspace.RunAsync(request with { Plan = PlanLoader.Read(file).Require() });
        InjectedFailureTests.Expect(result, DrillCheckKind.Damage, "near does not open without its key", "near is not encrypted");
    }

    /// <summary>A database, files, backups of both in near, and a further key of near.</summary>
    private static async Task<IReadOnlyList<string>> PrepareAsync(DrillWorkspace workspace)
    {
        workspace.MakeDatabase(200);
        workspace.MakeFiles();
        Directory.CreateDirectory(workspace.PathOf("safe"));
        await using var near = await workspace.CreateAsync("near", "here");
        await DrillWorkspace.BackUpAsync(near, "sqlite:" + workspace.Database);
        await DrillWorkspace.BackUpAsync(near, "files:" + workspace.PathOf("data"));
        await new RepositoryFactory().AddGeneratedKeyAsync(near, workspace.PathOf("safe/near.key"), "in the safe", Stop);
        return [.. near.Keys.Select(k => k.Id)];
    }

    private static IReadOnlyList<string> Objects(DrillWorkspace workspace) =>
        [.. Directory.EnumerateFiles(workspace.PathOf("near"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(workspace.PathOf("near"), f))];
}
