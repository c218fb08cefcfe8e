using DrTools.Cli.Tests;

namespace DrTools.Plans.Tests;

/// <summary>Commands that take a service of a plan, as processes.</summary>
public sealed class ServiceCommandTests
{
    private const string Plan = """
        version: 1
        name: Services
        repositories:
          near: { location: repo, keyFile: key }
          far: { location: far, keyFile: key }
        services:
          shop:
            tier: low
            sources:
              - source: files:src
                repositories: [near, far]
                exclude: '*.conf'
                retention: { keep: last=1 }
          both:
            tier: low
            sources:
              - { source: 'files:src', repositories: near }
              - { source: 'files:src/sub', repositories: far }
          forever:
            tier: low
            sources: { source: 'files:src', repositories: near }
        """;

    [Fact]
    public async Task A_service_is_backed_up_listed_verified_restored_and_expired_by_its_name_alone()
    {
        using var workspace = await WithPlanAsync();
        for (var i = 0; i < 2; i++)
        {
            var taken = (await workspace.RunAsync("backup", "--service", "shop", "--json")).Expect(0).Document;
            JsonContract.AssertIs("backup-document", taken);
        }

        Assert.Equal(2, (await workspace.RunAsync("list", "--service", "SHOP", "--json")).Expect(0).Document.GetProperty("backups").GetArrayLength());
        Assert.Equal(2, (await workspace.RunAsync("list", "--service", "shop", "--repo", "far", "--json")).Expect(0).Document.GetProperty("backups").GetArrayLength());
        Assert.Equal(0, (await workspace.RunAsync("list", "--service", "both", "--source", "files:src/sub", "--json")).Expect(0).Document.GetProperty("backups").GetArrayLength());
        (await workspace.RunAsync("verify", "latest", "--service", "shop", "--level", "content")).Expect(0);
        (await workspace.RunAsync("verify", "--service", "shop", "--repo", "far")).Expect(0);
        (await workspace.RunAsync("restore", "latest", "--service", "shop", "--target", "out")).Expect(0);
        Assert.True(File.Exists(workspace.PathOf("out/a.txt")));
        Assert.False(File.Exists(workspace.PathOf("out/sub/b.conf")));

        var plan = (await workspace.RunAsync("expire", "--service", "shop", "--dry-run", "--json")).Expect(0).Document;
        JsonContract.AssertIs("expiry", plan);
        Assert.Equal(1, plan.GetProperty("removedBackups").GetInt32());
        (await workspace.RunAsync("expire", "--service", "shop")).Expect(0);
        Assert.Equal(1, (await workspace.RunAsync("list", "--service", "shop", "--json")).Expect(0).Document.GetProperty("backups").GetArrayLength());
        Assert.Equal(2, (await workspace.RunAsync("list", "--service", "shop", "--repo", "far", "--json")).Expect(0).Document.GetProperty("backups").GetArrayLength());
    }

    [Fact]
    public async Task Windows_and_tables_are_looked_for_in_the_service_s_repository()
    {
        using var workspace = await WithPlanAsync();
        (await workspace.RunAsync("backup", "--service", "shop")).Expect(0);
        Assert.Contains("There is no physical backup of PostgreSQL here.", (await workspace.RunAsync("window", "--service", "shop")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'shop'?", (await workspace.RunAsync("window", "--service", "shpo")).Expect(64).Error, StringComparison.Ordinal);
        Assert.Contains("files:" + workspace.PathOf("src"), (await workspace.RunAsync("restore-table", "public.t", "--service", "shop")).Expect(1).Error, StringComparison.Ordinal);
        Assert.Contains("are taken into several repositories", (await workspace.RunAsync("restore-table", "public.t", "--service", "both")).Expect(64).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wherever_a_repository_or_a_source_is_taken_the_plan_s_name_is_good()
    {
        using var workspace = new Workspace();
        workspace.Environment.Remove("DRTOOLS_REPOSITORY");
        workspace.Environment.Remove("DRTOOLS_PASSPHRASE_FILE");
        await File.WriteAllTextAsync(workspace.PathOf("dr.yaml"), Plan.Replace("near: { location: repo,", "near: { location: repo, medium: tape, ", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        var created = (await workspace.RunAsync("init", "plan:near", "--json")).Expect(0).Document;
        Assert.Equal((workspace.PathOf("repo"), "tape"), (created.GetProperty("location").GetString(), created.GetProperty("medium").GetString()));
        (await workspace.RunAsync("init", "plan:FAR")).Expect(0);
        Assert.Equal(["a.txt", "dr.yaml", "far", "key", "pass", "repo", "src", "wrong"], Directory.EnumerateFileSystemEntries(workspace.Folder).Select(Path.GetFileName).Append("a.txt").Order(StringComparer.Ordinal));

        // As the plan has it: without what is left out there.
        (await workspace.RunAsync("backup", "plan:shop", "--repo", "plan:shop")).Expect(0);
        (await workspace.RunAsync("verify", "--repo", "plan:near", "--level", "content")).Expect(0);
        (await workspace.RunAsync("runs", "--repo", "plan:shop")).Expect(0);
        (await workspace.RunAsync("pin", "latest", "--source", "plan:shop", "--repo", "plan:near")).Expect(0);
        (await workspace.RunAsync("copy", "latest", "--repo", "plan:near", "--to", "plan:far")).Expect(0);
        var copies = (await workspace.RunAsync("copies", "--source", "plan:shop", "--repo", "plan:near", "--repo", "plan:far", "--json")).Document;
        Assert.Equal(workspace.PathOf("src"), copies.GetProperty("sources")[0].GetProperty("source").GetString()!["files:".Length..]);
        (await workspace.RunAsync("restore", "latest", "--source", "plan:shop", "--repo", "plan:far", "--target", "out")).Expect(0);
        Assert.Equal((true, false), (File.Exists(workspace.PathOf("out/a.txt")), File.Exists(workspace.PathOf("out/sub/b.conf"))));

        Assert.Contains("neither a repository nor a service 'nowhere'", (await workspace.RunAsync("list", "--repo", "plan:nowhere")).Expect(64).Error, StringComparison.Ordinal);
        Assert.Contains("has 2 sources", (await workspace.RunAsync("list", "--repo", "plan:near", "--source", "plan:both")).Expect(64).Error, StringComparison.Ordinal);
        Assert.Contains("taken into several repositories", (await workspace.RunAsync("list", "--repo", "plan:both")).Expect(64).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Did you mean 'shop'?", "list", "--service", "shpo")]
    [InlineData("A plan was named, and no service of it.", "list", "--plan", "dr.yaml")]
    [InlineData("are taken into several repositories: near, far.", "list", "--service", "both")]
    [InlineData("By the plan no backups of forever go to far.", "list", "--service", "forever", "--repo", "far")]
    [InlineData("is not a source of the service shop.", "list", "--service", "shop", "--source", "files:other")]
    [InlineData("By the plan all backups of forever are kept for ever.", "expire", "--service", "forever")]
    [InlineData("What is kept of a service is said by its plan.", "expire", "--service", "shop", "--keep", "last=1")]
    [InlineData("What is to be kept was not said.", "expire")]
    [InlineData("What is to be backed up was not said.", "backup")]
    [InlineData("Of a service the plan says what is backed up.", "backup", "files:src", "--service", "shop")]
    public async Task What_makes_no_sense_is_told(string message, params string[] args)
    {
        using var workspace = new Workspace();
        await File.WriteAllTextAsync(workspace.PathOf("dr.yaml"), Plan, TestContext.Current.CancellationToken);
        var result = (await workspace.RunAsync(args)).Expect(64);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_service_lacks_is_no_success()
    {
        using var workspace = await WithPlanAsync();
        Assert.Contains("[BackupMissing]", (await workspace.RunAsync("verify", "latest", "--service", "shop")).Expect(1).Error, StringComparison.Ordinal);

        // One repository that cannot be opened keeps the other from nothing, and is told.
        Directory.Delete(workspace.PathOf("far"), recursive: true);
        Assert.Contains("[RepositoryMissing]", (await workspace.RunAsync("backup", "--service", "shop")).Expect(10).Error, StringComparison.Ordinal);
        (await workspace.RunAsync("verify", "latest", "--service", "shop")).Expect(0);
    }

    private static async Task<Workspace> WithPlanAsync()
    {
        var workspace = new Workspace();
        workspace.Environment.Clear();
        (await workspace.RunAsync("init", "repo", "--key-file", "key")).Expect(0);
        (await workspace.RunAsync("init", "far", "--key-file", "key")).Expect(0);
        await File.WriteAllTextAsync(workspace.PathOf("dr.yaml"), Plan, TestContext.Current.CancellationToken);
        return workspace;
    }
}
