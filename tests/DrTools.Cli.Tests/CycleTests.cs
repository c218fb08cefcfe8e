namespace DrTools.Cli.Tests;

public sealed class CycleTests
{
    [Fact]
    public async Task Files_are_backed_up_listed_verified_and_restored()
    {
        using var workspace = await Workspace.WithBackupAsync();
        File.WriteAllText(workspace.PathOf("src/new.txt"), "gamma");
        var backup = (await workspace.RunAsync("backup", "files:src", "--exclude", "*.conf")).Expect(0).Out;
        Assert.Contains("incremental in ", backup, StringComparison.Ordinal);

        var list = (await workspace.RunAsync("list")).Expect(0).Out;
        Assert.Contains($"files:{workspace.PathOf("src")} on ", list, StringComparison.Ordinal);
        Assert.Matches(@"BACKUP +TYPE +STARTED +SIZE +ADDED", list);
        Assert.Matches(@"-[0-9a-f]{8}  full         \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d  100 kB", list);
        AssertNarrow(list);
        Assert.Equal(1, (await workspace.RunAsync("list", "--latest", "--source", "files:./src", "--json")).Document.GetProperty("backups").GetArrayLength());
        Assert.Equal(0, (await workspace.RunAsync("list", "--source", "files:other", "--json")).Document.GetProperty("backups").GetArrayLength());

        var verified = (await workspace.RunAsync("verify", "--level", "restore")).Expect(0).Out;
        Assert.Contains("passed  repository check", verified, StringComparison.Ordinal);
        Assert.Equal(2, verified.Split("Everything was restored into a scratch folder").Length - 1);

        (await workspace.RunAsync("restore", "latest", "--target", "out")).Expect(0);
        Assert.Equal("gamma", File.ReadAllText(workspace.PathOf("out/new.txt")));
        Assert.Equal(File.ReadAllBytes(workspace.PathOf("src/sub/random")), File.ReadAllBytes(workspace.PathOf("out/sub/random")));
        Assert.False(File.Exists(workspace.PathOf("out/sub/b.conf")));
    }

    [Fact]
    public async Task A_restore_replaces_nothing_without_force_and_its_dry_run_says_so()
    {
        using var workspace = await Workspace.WithBackupAsync();
        Directory.CreateDirectory(workspace.PathOf("out"));
        File.WriteAllText(workspace.PathOf("out/a.txt"), "precious");

        var plan = (await workspace.RunAsync("restore", "latest", "--target", "out", "--dry-run")).Expect(1).Out;
        Assert.Contains("  obstacle  ", plan, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed.", plan, StringComparison.Ordinal);
        Assert.Contains("[TargetNotEmpty]", (await workspace.RunAsync("restore", "latest", "--target", "out")).Expect(1).Error, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(workspace.PathOf("out/a.txt")));

        (await workspace.RunAsync("restore", "latest", "--target", "out", "--force", "--dry-run")).Expect(0);
        Assert.Equal("precious", File.ReadAllText(workspace.PathOf("out/a.txt")));
        (await workspace.RunAsync("restore", "latest", "--target", "out", "--force")).Expect(0);
        Assert.Equal("alpha", File.ReadAllText(workspace.PathOf("out/a.txt")));
    }

    [Fact]
    public async Task Include_restores_a_part()
    {
        using var workspace = await Workspace.WithBackupAsync();
        (await workspace.RunAsync("restore", "latest", "--target", "out", "--include", "*.conf")).Expect(0);
        Assert.Equal(["b.conf"], Directory.EnumerateFiles(workspace.PathOf("out"), "*", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Latest_of_several_sources_wants_to_know_which()
    {
        using var workspace = await Workspace.WithBackupAsync();
        (await workspace.RunAsync("backup", "files:src/sub")).Expect(0);
        Assert.Contains("matches 2 backups", (await workspace.RunAsync("restore", "latest", "--target", "out")).Expect(64).Error, StringComparison.Ordinal);
        (await workspace.RunAsync("restore", "latest", "--source", "files:src/sub", "--target", "out")).Expect(0);
        Assert.True(File.Exists(workspace.PathOf("out/b.conf")));
        Assert.Contains("[BackupMissing]", (await workspace.RunAsync("restore", "2020", "--target", "out2")).Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Expiry_prints_the_same_table_dry_or_not_and_keeps_what_is_pinned()
    {
        using var workspace = await Workspace.WithBackupAsync();
        (await workspace.RunAsync("pin", "latest", "--reason", "audit")).Expect(0);
        (await workspace.RunAsync("backup", "files:src", "--type", "full")).Expect(0);
        (await workspace.RunAsync("backup", "files:src", "--type", "full")).Expect(0);

        var dry = (await workspace.RunAsync("expire", "--keep", "last=1", "--dry-run")).Expect(0).Out;
        Assert.Contains("Would remove 1 backup", dry, StringComparison.Ordinal);
        Assert.Matches(@"(?m)  keep    .*audit", dry);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(dry, @"(?m)  remove  \S"));
        AssertNarrow(dry);
        var wet = (await workspace.RunAsync("expire", "--keep", "last=1")).Expect(0).Out;
        Assert.Equal(TableOf(dry), TableOf(wet));
        Assert.Contains("Removed 1 backup", wet, StringComparison.Ordinal);
        Assert.Equal(2, (await workspace.RunAsync("list", "--json")).Document.GetProperty("backups").GetArrayLength());
        (await workspace.RunAsync("verify", "--level", "content")).Expect(0);

        static string TableOf(string output) => output[..output.IndexOf("\n\n", StringComparison.Ordinal)];
    }

    [Fact]
    public async Task Removal_respects_pins_and_the_last_backup()
    {
        using var workspace = await Workspace.WithBackupAsync();
        Assert.Contains("[BackupProtected]", (await workspace.RunAsync("remove", "latest")).Expect(1).Error, StringComparison.Ordinal);
        (await workspace.RunAsync("pin", "latest")).Expect(0);
        Assert.Contains("is pinned", (await workspace.RunAsync("remove", "latest", "--force")).Expect(1).Error, StringComparison.Ordinal);
        (await workspace.RunAsync("unpin", "latest")).Expect(0);
        Assert.Contains("Would remove 1 backup", (await workspace.RunAsync("remove", "latest", "--force", "--dry-run")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Equal(1, (await workspace.RunAsync("list", "--json")).Document.GetProperty("backups").GetArrayLength());
        (await workspace.RunAsync("remove", "latest", "--force")).Expect(0);
        Assert.Contains("There are no backups.", (await workspace.RunAsync("list")).Expect(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_rotation_only_the_new_secret_opens()
    {
        using var workspace = await Workspace.WithBackupAsync();
        Assert.Contains("--new-passphrase-file", (await workspace.RunAsync("key", "rotate")).Expect(64).Error, StringComparison.Ordinal);
        (await workspace.RunAsync("key", "rotate", "--new-key-file", "key")).Expect(0);
        (await workspace.RunAsync("list")).Expect(12);
        (await workspace.RunAsync("verify", "--key-file", "key", "--level", "content")).Expect(0);
    }

    [Fact]
    public async Task The_kit_holds_instructions_and_a_program_that_runs()
    {
        using var workspace = await Workspace.WithBackupAsync();
        (await workspace.RunAsync("kit", "--output", "kit")).Expect(0);
        Assert.True(File.Exists(workspace.PathOf("kit/RECOVERY.md")));
        var program = Assert.Single(Directory.EnumerateFiles(workspace.PathOf("kit"), "drtools", SearchOption.AllDirectories));
        using var process = CliProcess.Start(program, workspace.Folder, ["list"], workspace.Environment);
        Assert.Contains("full", (await process.EndAsync()).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("[TargetNotEmpty]", (await workspace.RunAsync("kit", "--output", "kit")).Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_tell_what_was_done()
    {
        using var workspace = await Workspace.WithBackupAsync();
        (await workspace.RunAsync("verify", "latest")).Expect(0);
        var text = (await workspace.RunAsync("runs")).Expect(0).Out;
        Assert.Matches(@"(?m)^ *1  \d{4}-.* backup +succeeded", text);
        Assert.Contains("first", text, StringComparison.Ordinal);
        AssertNarrow(text);
        Assert.Equal(1, (await workspace.RunAsync("runs", "--last", "1", "--json")).Document.GetProperty("runs").GetArrayLength());
    }

    [Fact]
    public async Task Quiet_says_nothing_when_all_is_well_and_verbose_tells_the_steps()
    {
        using var workspace = await Workspace.WithRepositoryAsync();
        var quiet = (await workspace.RunAsync("backup", "files:src", "--quiet")).Expect(0);
        Assert.Equal((string.Empty, string.Empty), (quiet.Out, quiet.Error));
        Assert.Empty((await workspace.RunAsync("verify", "--quiet")).Expect(0).Out);
        Assert.Contains("Backing up files:", (await workspace.RunAsync("backup", "files:src", "--verbose")).Expect(0).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_coloured_or_rewritten_where_there_is_no_terminal()
    {
        using var workspace = await Workspace.WithBackupAsync();
        foreach (var line in new[] { "verify --level content", "list", "runs", "restore latest --target out" })
        {
            var result = (await workspace.RunAsync(line.Split(' '))).Expect(0);
            Assert.DoesNotContain('\e', result.Out + result.Error);
            Assert.DoesNotContain('\r', result.Out + result.Error);
        }
    }

    private static void AssertNarrow(string text) => Assert.All(text.Split('\n'), line =>
    {
        Assert.True(line.Length <= 100, line);
        Assert.False(line.EndsWith(' '), $"'{line}'");
    });
}
