namespace DrTools.Cli.Tests;

/// <summary>A host that has a public key and no secret, from the command line.</summary>
public sealed class DepositTests
{
    [Fact]
    public async Task From_a_host_without_a_secret_into_the_repository_and_back()
    {
        using var workspace = new Workspace();
        (await workspace.RunAsync("init", "repo")).Expect(0);
        Assert.Contains("fingerprint", (await workspace.RunAsync("deposit", "recipient", "--output", "web1.json")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("[BadUsage]", (await workspace.RunAsync("deposit", "recipient", "--output", "web1.json")).Expect(64).Error, StringComparison.Ordinal);

        // The host knows neither the repository nor its secret.
        var repository = workspace.Environment["DRTOOLS_REPOSITORY"];
        var secret = workspace.Environment["DRTOOLS_PASSPHRASE_FILE"];
        workspace.Environment.Remove("DRTOOLS_REPOSITORY");
        workspace.Environment.Remove("DRTOOLS_PASSPHRASE_FILE");
        var created = (await workspace.RunAsync("deposit", "create", "files:src", "--to", "inbox", "--recipient", "web1.json", "--host", "web1")).Expect(0).Out;
        Assert.Contains("deposited in ", created, StringComparison.Ordinal);
        Assert.Contains("[BadUsage]", (await workspace.RunAsync("deposit", "create", "files:src", "--to", "inbox", "--recipient", "src/a.txt")).Expect(64).Error, StringComparison.Ordinal);
        Assert.Contains("[BadUsage]", (await workspace.RunAsync("deposit", "create", "files:src", "--to", "inbox", "--recipient", "web1.json", "--host", "a/b")).Expect(64).Error, StringComparison.Ordinal);
        (await workspace.RunAsync("deposit", "create", "files:nothing", "--to", "inbox", "--recipient", "web1.json", "--host", "web1")).Expect(1);
        var deposit = Directory.GetDirectories(workspace.PathOf("inbox/web1")).Single(d => Directory.Exists(Path.Combine(d, "manifests")));
        Assert.Contains("public key", (await workspace.RunAsync("list", "--repo", deposit)).Expect(12).Error.ReplaceLineEndings(" "), StringComparison.Ordinal);

        workspace.Environment["DRTOOLS_REPOSITORY"] = repository;
        workspace.Environment["DRTOOLS_PASSPHRASE_FILE"] = secret;
        var list = (await workspace.RunAsync("deposit", "list", "--from", "inbox")).Expect(0).Out;
        Assert.Contains("waiting", list, StringComparison.Ordinal);
        Assert.Contains("unfinished", list, StringComparison.Ordinal);
        Assert.Contains("to receive", (await workspace.RunAsync("deposit", "receive", "--from", "inbox", "--dry-run")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("1 deposit received, 1 removed.", (await workspace.RunAsync("deposit", "receive", "--from", "inbox", "--remove")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("There is nothing to receive.", (await workspace.RunAsync("deposit", "receive", "--from", "inbox", "--host", "web2")).Expect(0).Out, StringComparison.Ordinal);
        (await workspace.RunAsync("restore", "latest", "--target", "out")).Expect(0);
        Assert.Equal(
            Directory.EnumerateFiles(workspace.PathOf("src"), "*", SearchOption.AllDirectories).Select(File.ReadAllText),
            Directory.EnumerateFiles(workspace.PathOf("out"), "*", SearchOption.AllDirectories).Select(File.ReadAllText));
        (await workspace.RunAsync("deposit", "list", "--from", "nowhere")).Expect(10);
    }
}
