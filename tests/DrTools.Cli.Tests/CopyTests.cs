namespace DrTools.Cli.Tests;

public sealed class CopyTests
{
    [Fact]
    public async Task Backups_are_copied_into_a_repository_with_another_secret_and_damage_is_told_by_the_exit_code()
    {
        using var workspace = await Workspace.WithBackupAsync();
        (await workspace.RunAsync("init", "far", "--key-file", "key", "--medium", "object", "--site", "far away")).Expect(0);
        string[] copy = ["copy", "all", "--to", "far", "--to-key-file", "key"];
        var plan = (await workspace.RunAsync([.. copy, "--dry-run"])).Expect(0).Out;
        Assert.Contains("Would copy 1 backup and 0 logs to ", plan, StringComparison.Ordinal);
        Assert.False(Directory.Exists(workspace.PathOf("far/packs")));
        var done = (await workspace.RunAsync(copy)).Expect(0).Out;
        Assert.Contains("Copied 1 backup and 0 logs to ", done, StringComparison.Ordinal);
        Assert.Contains("were read back from the target and every frame in them authenticated", done, StringComparison.Ordinal);
        Assert.Contains("1 backup and 0 logs were there", (await workspace.RunAsync(copy)).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("[WrongKey]", (await workspace.RunAsync("copy", "all", "--to", "far")).Expect(12).Error, StringComparison.Ordinal);
        Assert.Contains("[BadUsage]", (await workspace.RunAsync("copy", "all", "latest", "--to", "far")).Expect(64).Error, StringComparison.Ordinal);
        (await workspace.RunAsync("copy", "nonsense", "--to", "far", "--to-key-file", "key")).Expect(1);

        File.WriteAllText(workspace.PathOf("src/a.txt"), "another");
        (await workspace.RunAsync("backup", "files:src", "--type", "full")).Expect(0);
        var damaged = Directory.GetFiles(workspace.PathOf("repo/packs"), "*", SearchOption.AllDirectories).OrderBy(File.GetLastWriteTimeUtc).ThenBy(f => new FileInfo(f).Length).Last();
        var content = File.ReadAllBytes(damaged);
        content[content.Length / 3] ^= 1;
        File.WriteAllBytes(damaged, content);
        var refused = (await workspace.RunAsync([.. copy, "--include-removed"])).Expect(20);
        Assert.Contains("REFUSED", refused.Out, StringComparison.Ordinal);
        Assert.Contains("is damaged", refused.Error, StringComparison.Ordinal);
        Directory.Delete(workspace.PathOf("repo"), recursive: true);
        workspace.Environment.Remove("DRTOOLS_PASSPHRASE_FILE");
        (await workspace.RunAsync("restore", "latest", "--target", "out", "--repo", "far", "--key-file", "key")).Expect(0);
        Assert.Equal("alpha", File.ReadAllText(workspace.PathOf("out/a.txt")));
    }

    [Fact]
    public async Task A_backup_goes_to_several_repositories_and_they_are_held_against_a_rule()
    {
        using var workspace = await Workspace.WithRepositoryAsync();
        (await workspace.RunAsync("init", "far", "--passphrase-file", "wrong", "--medium", "tape", "--site", "vault")).Expect(0);
        string[] both = ["--repo", "repo", "--passphrase-file", "pass", "--repo", "far", "--passphrase-file", "wrong"];
        var taken = (await workspace.RunAsync(["backup", "files:src", .. both])).Expect(0).Out;
        Assert.Contains("copied to ", taken, StringComparison.Ordinal);
        Assert.Contains("passed  3-2-1", (await workspace.RunAsync(["copies", .. both, "--production-site", "here"])).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("1 immutable copy", (await workspace.RunAsync(["copies", .. both, "--policy", "3-2-1-1"])).Expect(1).Out, StringComparison.Ordinal);

        // One that is away concerns no other, and is told.
        Directory.Move(workspace.PathOf("far"), workspace.PathOf("away"));
        var partly = (await workspace.RunAsync(["backup", "files:src", .. both])).Expect(10);
        Assert.Contains("[RepositoryMissing]", partly.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await workspace.RunAsync("list", "--json")).Expect(0).Document.GetProperty("backups").GetArrayLength());
        (await workspace.RunAsync(["copies", .. both, "--production-site", "here"])).Expect(10);
        (await workspace.RunAsync("place", "--medium", "", "--repo", "repo")).Expect(64);
    }
}
