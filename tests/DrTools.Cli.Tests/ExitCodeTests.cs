using System.Diagnostics;
using System.Security.Cryptography;

namespace DrTools.Cli.Tests;

public sealed class ExitCodeTests
{
    private const UnixFileMode Everyone = UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    [Fact]
    public async Task A_missing_repository_is_10()
    {
        using var workspace = new Workspace();
        var result = (await workspace.RunAsync("list")).Expect(10);
        Assert.Contains("[RepositoryMissing]", result.Error, StringComparison.Ordinal);
        Directory.CreateDirectory(workspace.PathOf("repo"));
        (await workspace.RunAsync("backup", "files:src")).Expect(10);
    }

    [Fact]
    public async Task A_wrong_passphrase_and_a_missing_one_are_12()
    {
        using var workspace = await Workspace.WithRepositoryAsync();
        Assert.Contains("[WrongKey]", (await workspace.RunAsync("list", "--passphrase-file", "wrong")).Expect(12).Error, StringComparison.Ordinal);
        workspace.Environment.Remove("DRTOOLS_PASSPHRASE_FILE");
        Assert.Contains("[KeyRequired]", (await workspace.RunAsync("list")).Expect(12).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_source_is_1_and_does_not_keep_the_others_back()
    {
        using var workspace = await Workspace.WithRepositoryAsync();
        var result = (await workspace.RunAsync("backup", "files:nowhere", "files:src", "--json")).Expect(1);
        Assert.Equal("SourceMissing", result.ErrorDetails.GetProperty("id").GetString());
        Assert.Equal("files:" + workspace.PathOf("nowhere"), result.ErrorDetails.GetProperty("source").GetString());
        Assert.Equal(1, result.Document.GetProperty("backups").GetArrayLength());
        Assert.Equal(1, result.Document.GetProperty("failed").GetArrayLength());

        var alone = (await workspace.RunAsync("backup", "files:nowhere", "--json")).Expect(1);
        Assert.Empty(alone.Out);
    }

    [Fact]
    public async Task A_source_that_is_no_source_is_64_before_anything_is_backed_up()
    {
        using var workspace = await Workspace.WithRepositoryAsync();
        (await workspace.RunAsync("backup", "files:src", "flies:src")).Expect(64);
        Assert.Equal(0, (await workspace.RunAsync("list", "--json")).Document.GetProperty("backups").GetArrayLength());
    }

    [Fact]
    public async Task A_damaged_pack_is_20_named_with_the_entries_and_the_rest_is_restored()
    {
        // A file of several frames: small ones share a frame, and would suffer together.
        using var workspace = await Workspace.WithRepositoryAsync();
        File.WriteAllBytes(workspace.PathOf("src/sub/random"), RandomNumberGenerator.GetBytes(5_000_000));
        (await workspace.RunAsync("backup", "files:src")).Expect(0);
        var pack = new DirectoryInfo(workspace.PathOf("repo/packs")).EnumerateFiles("*", SearchOption.AllDirectories).OrderByDescending(f => f.Length).First();
        pack.IsReadOnly = false;
        using (var file = pack.Open(FileMode.Open, FileAccess.ReadWrite))
        {
            file.Position = file.Length / 2;
            var damaged = (byte)(file.ReadByte() ^ 1);
            file.Position = file.Length / 2;
            file.WriteByte(damaged);
        }

        (await workspace.RunAsync("verify", "latest")).Expect(0);
        var text = (await workspace.RunAsync("verify", "latest", "--level", "content")).Expect(20).Out;
        Assert.Contains("FAILED", text, StringComparison.Ordinal);
        Assert.Contains(pack.Name, text, StringComparison.Ordinal);
        Assert.Contains("      sub/random\n", text, StringComparison.Ordinal);

        var json = (await workspace.RunAsync("verify", "--level", "content", "--json")).Expect(20).Document;
        Assert.False(json.GetProperty("passed").GetBoolean());
        var finding = json.GetProperty("backups")[0].GetProperty("findings")[0];
        Assert.Contains(pack.Name, finding.GetProperty("object").GetString(), StringComparison.Ordinal);
        Assert.Equal("sub/random", finding.GetProperty("affectedEntries")[0].GetString());

        var restored = (await workspace.RunAsync("restore", "latest", "--target", "out")).Expect(20);
        Assert.Contains("sub/random", restored.Error, StringComparison.Ordinal);
        Assert.Equal("alpha", File.ReadAllText(workspace.PathOf("out/a.txt")));
    }

    [Fact]
    public async Task A_damaged_manifest_is_20_and_the_other_backups_are_listed()
    {
        using var workspace = await Workspace.WithBackupAsync();
        var first = Assert.Single(Directory.EnumerateFiles(workspace.PathOf("repo/manifests"), "*", SearchOption.AllDirectories));
        (await workspace.RunAsync("backup", "files:src", "--type", "full")).Expect(0);
        File.SetUnixFileMode(first, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(first, [.. File.ReadAllBytes(first).Reverse()]);
        var result = (await workspace.RunAsync("list", "--json")).Expect(20);
        Assert.Equal(1, result.Document.GetProperty("backups").GetArrayLength());
        Assert.Equal("IntegrityFailure", result.ErrorDetails.GetProperty("id").GetString());
        var check = (await workspace.RunAsync("check", "--json")).Expect(20).Document;
        Assert.Contains(Path.GetFileName(first), check.GetProperty("findings")[0].GetProperty("object").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_held_lease_is_11_and_an_interruption_130()
    {
        using var workspace = await Workspace.WithRepositoryAsync();
        workspace.AddSlowSource();
        using var running = workspace.Start("backup", "files:slow", "--level", "19", "--parallel", "1");
        await WaitForLeaseAsync(workspace, running);

        var second = (await workspace.RunAsync("backup", "files:slow", "--json")).Expect(11);
        Assert.Equal("LeaseHeld", second.ErrorDetails.GetProperty("id").GetString());
        Assert.False(running.HasEnded, "The slow backup was not slow enough.");

        var sent = Stopwatch.GetTimestamp();
        running.Signal("INT");
        var result = (await running.EndAsync()).Expect(130);
        Assert.InRange(Stopwatch.GetElapsedTime(sent), TimeSpan.Zero, TimeSpan.FromSeconds(3));
        Assert.Contains("nothing was committed; what it has stored is reused by the next run.", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await workspace.RunAsync("list", "--json")).Document.GetProperty("backups").GetArrayLength());
        Assert.Equal("interrupted", (await workspace.RunAsync("runs", "--json")).Document.GetProperty("runs")[0].GetProperty("outcome").GetString());

        // The lease was given back, so the next run need not wait for its end.
        (await workspace.RunAsync("backup", "files:slow", "--level", "1")).Expect(0);
    }

    [Fact]
    public async Task Termination_is_130_as_well_and_json_stays_json()
    {
        using var workspace = await Workspace.WithRepositoryAsync();
        workspace.AddSlowSource();
        using var running = workspace.Start("backup", "files:slow", "--level", "19", "--parallel", "1", "--json");
        await WaitForLeaseAsync(workspace, running);
        running.Signal("TERM");
        var result = (await running.EndAsync()).Expect(130);
        Assert.Empty(result.Out);
        Assert.Equal("Interrupted", result.ErrorDetails.GetProperty("id").GetString());
    }

    /// <summary>As root every file can be read, so the backup runs as nobody, from a copy that nobody may read.</summary>
    [Fact]
    public async Task An_unreadable_file_is_named_and_3()
    {
        using var workspace = new Workspace();
        var secret = workspace.PathOf("src/sub/secret");
        File.WriteAllText(secret, "mine");
        File.SetUnixFileMode(secret, UnixFileMode.None);
        Directory.CreateDirectory(workspace.PathOf("open"));
        File.SetUnixFileMode(workspace.PathOf("open"), Everyone | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite);
        workspace.Environment["DRTOOLS_REPOSITORY"] = "open/repo";
        var (program, prefix) = AsNobody(workspace);

        async Task<CliResult> RunAsync(params string[] args)
        {
            using var process = CliProcess.Start(program, workspace.Folder, [.. prefix, .. args], workspace.Environment);
            return await process.EndAsync();
        }

        (await RunAsync("init", "open/repo")).Expect(0);
        var result = (await RunAsync("backup", "files:src")).Expect(3);
        Assert.Contains("drtools: sub/secret: ", result.Error, StringComparison.Ordinal);
        var backup = (await RunAsync("backup", "files:src", "--json")).Expect(3).Document.GetProperty("backups")[0].GetProperty("backup");
        Assert.True(backup.GetProperty("partial").GetBoolean());
        Assert.Equal("sub/secret", backup.GetProperty("issues")[0].GetProperty("path").GetString());
        Assert.Contains("partial", (await RunAsync("list")).Expect(0).Out, StringComparison.Ordinal);

        // Another source that fails altogether counts for more.
        (await RunAsync("backup", "files:src", "files:nowhere")).Expect(1);
    }

    private static (string Program, string[] Prefix) AsNobody(Workspace workspace)
    {
        if (Environment.UserName != "root")
        {
            return (CliProcess.Program, []);
        }

        var copy = Directory.CreateDirectory(workspace.PathOf("program"));
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy.FullName, Path.GetRelativePath(AppContext.BaseDirectory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
            File.SetUnixFileMode(target, Everyone);
        }

        foreach (var folder in Directory.EnumerateDirectories(workspace.Folder, "*", SearchOption.AllDirectories).Append(workspace.Folder).Where(f => f != workspace.PathOf("open")))
        {
            File.SetUnixFileMode(folder, Everyone | UnixFileMode.UserWrite);
        }

        return ("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", Path.Combine(copy.FullName, "drtools")]);
    }

    private static async Task WaitForLeaseAsync(Workspace workspace, CliProcess running)
    {
        while (!Directory.Exists(workspace.PathOf("repo/leases")) || !Directory.EnumerateFiles(workspace.PathOf("repo/leases"), "*", SearchOption.AllDirectories).Any())
        {
            Assert.False(running.HasEnded);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        await Task.Delay(500, TestContext.Current.CancellationToken);
    }
}
