using System.Text.Json;

namespace DrTools.Cli.Tests;

/// <summary>Compares what the program prints with the tables of docs/json.md, field by field and type by type.</summary>
public sealed class JsonContractTests
{
    [Fact]
    public async Task Every_document_is_as_declared()
    {
        using var workspace = new Workspace();
        async Task<JsonElement> RunAsync(string section, params string[] args)
        {
            var result = (await workspace.RunAsync([.. args, "--json"])).Expect(0);
            Assert.Empty(result.Error);
            JsonContract.AssertIs(section, result.Document);
            return result.Document;
        }

        await RunAsync("repository", "init", "repo");
        await RunAsync("repository", "place", "--medium", "Tape", "--site", "vault");
        await RunAsync("backup-document", "backup", "files:src", "--reason", "contract", "--exclude", "*.tmp");
        var list = await RunAsync("list-document", "list");
        Assert.Equal("contract", list.GetProperty("backups")[0].GetProperty("reason").GetString());
        Assert.Equal("full", list.GetProperty("backups")[0].GetProperty("type").GetString());
        Assert.EndsWith("Z", list.GetProperty("backups")[0].GetProperty("startedAt").GetString(), StringComparison.Ordinal);
        await RunAsync("verify-document", "verify");
        await RunAsync("verify-document", "verify", "latest", "--level", "restore");
        await RunAsync("check", "check");
        await RunAsync("restore-plan", "restore", "latest", "--target", "out", "--dry-run");
        await RunAsync("restore", "restore", "latest", "--target", "out");
        await RunAsync("pin", "pin", "latest");
        await RunAsync("pin", "unpin", "latest");
        await RunAsync("expiry", "expire", "--keep", "last=1", "--dry-run");
        await RunAsync("expiry", "expire", "--keep", "last=1");
        await RunAsync("expiry", "remove", "latest", "--force", "--dry-run");
        (await workspace.RunAsync("init", "second", "--key-file", "key")).Expect(0);
        await RunAsync("copy", "copy", "all", "--to", "second", "--to-key-file", "key", "--dry-run");
        await RunAsync("copy", "copy", "all", "--to", "second", "--to-key-file", "key");
        await RunAsync("copies", "copies", "--repo", "repo", "--policy", "2-1-0");
        await RunAsync("deposit-recipient", "deposit", "recipient", "--output", "recipient.json");
        await RunAsync("deposit-results", "deposit", "create", "files:src", "--to", "inbox", "--recipient", "recipient.json", "--host", "web1");
        await RunAsync("deposits", "deposit", "list", "--from", "inbox");
        await RunAsync("received-deposits", "deposit", "receive", "--from", "inbox", "--dry-run");
        await RunAsync("received-deposits", "deposit", "receive", "--from", "inbox", "--remove");
        await RunAsync("kit", "kit", "--output", "kit");
        await RunAsync("keys", "key", "add", "--generate-key-file", "key2", "--label", "second");
        await RunAsync("keys", "key", "list");
        await RunAsync("keys", "key", "remove", "second");
        await RunAsync("repository", "key", "rotate", "--new-key-file", "key");
        workspace.Environment.Remove("DRTOOLS_PASSPHRASE_FILE");
        await RunAsync("runs-document", "runs", "--key-file", "key");
    }

    [Fact]
    public async Task The_demo_is_as_declared()
    {
        using var workspace = new Workspace();
        var demo = (await workspace.RunAsync("demo", "--workdir", "demo", "--json")).Expect(0).Document;
        JsonContract.AssertIs("demo", demo);
        Assert.True(demo.GetProperty("passed").GetBoolean());
        Assert.True(File.Exists(demo.GetProperty("report").GetString()));
    }

    [Fact]
    public async Task The_demo_on_PostgreSQL_passes_and_is_as_declared()
    {
        using var workspace = new Workspace();
        using var process = workspace.Start("demo", "--engine", "postgresql", "--pg-bin", "/usr/lib/postgresql/15/bin", "--rto", "3600", "--rpo", "3600", "--workdir", "demo", "--json");
        var demo = (await process.EndAsync(TimeSpan.FromMinutes(10))).Expect(0).Document;
        JsonContract.AssertIs("demo", demo);
        Assert.True(demo.GetProperty("passed").GetBoolean());
        Assert.StartsWith("PostgreSQL 15.", demo.GetProperty("engine").GetString(), StringComparison.Ordinal);
        var mistake = demo.GetProperty("mistake");
        Assert.Equal(mistake.GetProperty("rows").GetInt64(), mistake.GetProperty("restoredRows").GetInt64());
        Assert.Equal([demo.GetProperty("report").GetString()], Directory.EnumerateFileSystemEntries(workspace.PathOf("demo")));
        Assert.Contains("The dropped table", await File.ReadAllTextAsync(demo.GetProperty("report").GetString()!, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_and_warnings_are_as_declared()
    {
        using var workspace = new Workspace();
        var missing = (await workspace.RunAsync("list", "--json")).Expect(10);
        JsonContract.AssertIs("error", JsonDocument.Parse(missing.Error).RootElement);
        (await workspace.RunAsync("init", "repo")).Expect(0);
        (await workspace.RunAsync("backup", "files:.", "--exclude", "/repo")).Expect(0);

        // A journal that cannot be written is worth a warning; what was verified stays verified.
        var journal = Path.Combine(workspace.Folder, "repo", "journal");
        Directory.Delete(journal, recursive: true);
        await File.WriteAllTextAsync(journal, string.Empty, TestContext.Current.CancellationToken);
        JsonContract.AssertIs("warning", JsonDocument.Parse((await workspace.RunAsync("verify", "latest", "--json")).Expect(0).Error).RootElement);
    }
}
