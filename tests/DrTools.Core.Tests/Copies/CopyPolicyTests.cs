using DrTools.Backup;
using DrTools.Copies;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Tests.Torture;
using DrTools.Verification;
using Xunit;

namespace DrTools.Tests.Copies;

/// <summary>Copies are counted as they are declared and verified, and nothing is assumed in favour.</summary>
public sealed class CopyPolicyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_missing_is_said_until_nothing_is()
    {
        await using var pair = await CopyPair.CreateAsync();
        var tree = new ChangingTree(pair.Source.At("tree"), 30, 10, 40_000);
        var backup = (await pair.Source.BackUpAsync(tree.Root)).Backup;
        var rule = CopyRule.Parse("3-2-1") with { ProductionSite = "Berlin" };
        async Task<CopyPolicyResult> JudgeAsync(CopyRule with) =>
            Assert.Single(await new CopyPolicyCheck([pair.Source.Repository, pair.Target.Repository, pair.Source.Repository], with).RunAsync([], e => throw e, Cancel));

        var result = await JudgeAsync(rule);
        Assert.Equal((false, 2, 1, 0), (result.Passed, result.Copies, result.Media, result.OffSite));
        Assert.Equal(3, result.Findings.Count);
        Assert.Contains("1 copy: there are 2 with the production data, and 3 are wanted", result.Findings[0].Missing, StringComparison.Ordinal);
        Assert.Contains($"Copy backups to {pair.Target.Location}", result.Findings[0].Remedy, StringComparison.Ordinal);

        await pair.CopyAsync();
        result = await JudgeAsync(rule);
        Assert.Equal(3, result.Copies);
        Assert.Contains(result.Findings, f => f.Remedy.Contains("drtools place --medium", StringComparison.Ordinal));
        await RepositoryFactory.DeclareAsync(pair.Source.Repository, new RepositoryPlace("disk", "berlin"), Cancel);
        await RepositoryFactory.DeclareAsync(pair.Target.Repository, new RepositoryPlace("Object", "Frankfurt"), Cancel);
        result = await JudgeAsync(rule);
        Assert.Equal((true, 3, 2, 1), (result.Passed, result.Copies, result.Media, result.OffSite));

        // Which of two sites is the production's is not known; one of them is elsewhere in any case.
        Assert.Equal(1, (await JudgeAsync(rule with { ProductionSite = null })).OffSite);
        Assert.Equal(2, (await JudgeAsync(rule with { ProductionSite = "Hamburg" })).OffSite);

        var strict = CopyRule.Parse("3-2-1-1-0") with { ProductionSite = "berlin" };
        result = await JudgeAsync(strict);
        Assert.Equal((0, 2, 3), (result.Immutable, result.Unverified, result.Findings.Count));
        Assert.Contains("was never verified by reading its content", result.Findings[1].Missing, StringComparison.Ordinal);
        async Task<bool> VerifyAsync(TortureRepository torture, VerifyLevel level) =>
            (await new VerificationEngine(torture.Repository, new VerifyOptions { Level = level }).VerifyAsync(backup.Id, null, Cancel)).Passed;
        Assert.True(await VerifyAsync(pair.Source, VerifyLevel.Catalog));
        Assert.True(await VerifyAsync(pair.Target, VerifyLevel.Content));
        Assert.Equal(1, (await JudgeAsync(strict)).Unverified);
        Assert.True(await VerifyAsync(pair.Source, VerifyLevel.Content));
        Assert.Equal(0, (await JudgeAsync(strict)).Unverified);
        Assert.Equal(2, (await JudgeAsync(strict with { VerifiedWithin = TimeSpan.FromTicks(1) })).Unverified);
        Assert.True((await JudgeAsync(strict with { Immutable = 0 })).Passed);

        // A copy that failed its last verification is unverified, whatever was before.
        var pack = pair.Target.Packs()[0];
        var content = await File.ReadAllBytesAsync(pack.FullName, Cancel);
        content[content.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(pack.FullName, content, Cancel);
        Assert.False(await VerifyAsync(pair.Target, VerifyLevel.Content));
        result = await JudgeAsync(strict);
        Assert.Contains(result.Findings, f => f.Missing.Contains("failed its last verification", StringComparison.Ordinal));

        result = await JudgeAsync(rule with { MaximumAge = TimeSpan.FromTicks(1) });
        Assert.Equal((1, false), (result.Copies, result.Passed));
        var absent = Assert.Single(await new CopyPolicyCheck([pair.Source.Repository], rule).RunAsync(["files:/nowhere"], e => throw e, Cancel));
        Assert.Equal((1, false), (absent.Copies, absent.Passed));
    }

    [Theory]
    [InlineData("3-2-1", 3, 2, 1, 0, null)]
    [InlineData("3-2-1-1-0", 3, 2, 1, 1, 0)]
    [InlineData("4-3-2-2", 4, 3, 2, 2, null)]
    public void A_rule_is_read_as_it_is_written(string text, int copies, int media, int offSite, int immutable, int? unverified)
    {
        var rule = CopyRule.Parse(text);
        Assert.Equal((copies, media, offSite, immutable, unverified), (rule.Copies, rule.Media, rule.OffSite, rule.Immutable, rule.Unverified));
        Assert.Equal(text, rule.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("3-2")]
    [InlineData("3-2-x")]
    [InlineData("0-0-0")]
    [InlineData("3-2-1-1-0-0")]
    [InlineData("3--1")]
    public void Anything_else_is_no_rule(string text) =>
        Assert.Equal(DrError.BadUsage, Assert.Throws<DrException>(() => CopyRule.Parse(text)).Error);

    [Fact]
    public async Task A_place_is_kept_in_the_header_through_rotations_and_can_be_changed()
    {
        await using var torture = await TortureRepository.CreateAsync();
        Assert.Equal(RepositoryPlace.Undeclared, torture.Repository.Place);
        Assert.False(torture.Repository.IsImmutable);
        await RepositoryFactory.DeclareAsync(torture.Repository, new RepositoryPlace(" Tape ", "Zürich \"vault\""), Cancel);
        await torture.ReopenAsync();
        Assert.Equal(("tape", "Zürich \"vault\""), (torture.Repository.Place.Medium, torture.Repository.Place.Site));
        await torture.RotateAsync("another");
        await torture.ReopenAsync("another");
        Assert.Equal("tape", torture.Repository.Place.Medium);
        Assert.Equal(3, torture.Repository.Header.Generation);
        await torture.AssertWholeAsync("declared");
        using var credential = RepositoryCredential.FromPassphrase("x");
        await using var created = await new RepositoryFactory(TimeProvider.System, 1000).CreateAsync(torture.At("new"), credential, new RepositoryPlace("object", null), Cancel);
        Assert.Equal(("object", null), (created.Place.Medium, created.Place.Site));
        Assert.Equal(DrError.BadUsage, Assert.Throws<DrException>(() => new RepositoryPlace("a\nb", null)).Error);
        Assert.Equal(DrError.BadUsage, Assert.Throws<DrException>(() => new RepositoryPlace(null, new string('x', 65))).Error);
    }
}
