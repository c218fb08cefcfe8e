using System.Text;
using System.Text.Json;
using Amazon.KeyManagementService.Model;
using DrTools.Aws.Tests.Servers;
using DrTools.Cli.Tests;
using DrTools.Repositories;
using DrTools.Repositories.Keys;

namespace DrTools.Aws.Tests.Kms;

/// <summary>Repositories that a key of KMS opens, with moto as KMS.</summary>
public sealed class KmsRepositoryTests(MotoServer moto) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("drtools-test-kms-").FullName;
    private readonly RepositoryFactory _factory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Place => Path.Combine(_folder, "repo");

    static KmsRepositoryTests() => AwsProvider.Register();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task From_init_over_backup_and_rotation_to_the_removal_of_the_key()
    {
        var endpoint = await moto.EndpointAsync();
        var alias = "alias/" + Guid.NewGuid().ToString("n");
        var first = await moto.NewKeyAsync(alias["alias/".Length..]);
        var second = await moto.NewKeyAsync();
        using var workspace = new Workspace();
        workspace.Environment.Remove("DRTOOLS_PASSPHRASE_FILE");

        // Made with KMS, and used by processes that are told nothing but where it is.
        var made = (await workspace.RunAsync("init", "repo", "--kms-key", $"aws-kms://{alias}?endpoint={endpoint}&context.app=shop")).Expect(0);
        Assert.Contains("Add a passphrase that lies elsewhere", made.Out, StringComparison.Ordinal);
        (await workspace.RunAsync("backup", "files:src")).Expect(0);
        (await workspace.RunAsync("restore", "latest", "--target", "back")).Expect(0);
        Assert.Equal("alpha", await File.ReadAllTextAsync(workspace.PathOf("back/a.txt"), Stop));
        var key = Assert.Single((await workspace.RunAsync("key", "list", "--json")).Expect(0).Document.GetProperty("keys").EnumerateArray());
        Assert.Equal("kms", key.GetProperty("kind").GetString());
        Assert.Equal($"aws-kms://{first}?endpoint={endpoint}&context.app=shop", key.GetProperty("kmsKey").GetString());

        // The log of PostgreSQL's server comes by another way into the program.
        Directory.CreateDirectory(workspace.PathOf("spool"));
        var pushed = await workspace.RunAsync("wal", "push", "missing/000000010000000000000001");
        Assert.DoesNotContain("names no key", pushed.Error, StringComparison.Ordinal);

        // Rotated to another key: the first one opens it no longer.
        (await workspace.RunAsync("key", "rotate", "--new-kms-key", $"aws-kms://{second}?endpoint={endpoint}")).Expect(0);
        var refused = (await workspace.RunAsync("list", "--kms-key", $"aws-kms://{first}?endpoint={endpoint}", "--json")).Expect(12);
        Assert.Contains(first, refused.ErrorDetails.GetProperty("message").GetString(), StringComparison.Ordinal);
        (await workspace.RunAsync("list")).Expect(0);

        // A passphrase beside it, and then without it.
        (await workspace.RunAsync("key", "add", "--new-passphrase-file", "pass", "--label", "safe")).Expect(0);
        var id = (await workspace.RunAsync("key", "list", "--json")).Expect(0).Document.GetProperty("keys").EnumerateArray()
            .Single(k => k.GetProperty("kind").GetString() == "kms").GetProperty("id").GetString()!;
        (await workspace.RunAsync("key", "remove", id, "--passphrase-file", "pass")).Expect(0);
        var closed = (await workspace.RunAsync("list", "--json")).Expect(12);
        Assert.Equal("KeyRequired", closed.ErrorDetails.GetProperty("id").GetString());
        Assert.Contains("a passphrase", closed.ErrorDetails.GetProperty("message").GetString(), StringComparison.Ordinal);
        (await workspace.RunAsync("list", "--passphrase-file", "pass")).Expect(0);
        (await workspace.RunAsync("key", "add", "--passphrase-file", "pass", "--new-kms-key", $"aws-kms://{second}?endpoint={endpoint}")).Expect(0);
        (await workspace.RunAsync("verify")).Expect(0);
    }

    [Fact]
    public async Task A_key_that_was_named_is_the_only_one_that_opens()
    {
        var endpoint = await moto.EndpointAsync();
        var (mine, theirs) = (await moto.NewKeyAsync(), await moto.NewKeyAsync());
        await MakeAsync($"aws-kms://{mine}?endpoint={endpoint}");
        await OpenAsync($"aws-kms://{mine}?endpoint={endpoint}");
        await OpenAsync(null);

        // KMS gives the true reason only to whoever may use both keys; moto gives that of the others.
        var error = await Assert.ThrowsAsync<DrException>(() => OpenAsync($"aws-kms://{theirs}?endpoint={endpoint}"));
        Assert.Equal(DrError.KeyServiceDenied, error.Error);
        Assert.Contains(theirs, error.Message, StringComparison.Ordinal);
        Assert.Contains("kms:Decrypt", error.Remedy, StringComparison.Ordinal);

        // Somebody puts an open repository in its place, to have the next backups under a key that he knows.
        Directory.Delete(Place, recursive: true);
        await using (await _factory.CreateAsync(Place, RepositoryCredential.None, Stop))
        {
        }

        error = await Assert.ThrowsAsync<DrException>(() => OpenAsync($"aws-kms://{mine}?endpoint={endpoint}"));
        Assert.Equal(DrError.WrongKey, error.Error);
        Assert.Contains("is not encrypted, but a KMS key was given", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_encryption_context_must_be_that_of_the_repository_and_the_user()
    {
        var endpoint = await moto.EndpointAsync();
        var key = await moto.NewKeyAsync();
        await MakeAsync($"aws-kms://{key}?endpoint={endpoint}&context.app=shop");
        await OpenAsync($"aws-kms://{key}?endpoint={endpoint}");
        await OpenAsync($"aws-kms://{key}?endpoint={endpoint}&context.app=shop");

        var error = await Assert.ThrowsAsync<DrException>(() => OpenAsync($"aws-kms://{key}?endpoint={endpoint}&context.app=blog"));
        Assert.Equal(DrError.WrongKey, error.Error);
        Assert.Contains("app=blog, drtools-repository=", error.Message, StringComparison.Ordinal);
        Assert.Contains("drtools key list", error.Remedy, StringComparison.Ordinal);

        // What KMS made for one repository opens no other, even for whoever may use the key.
        using var kms = await moto.KmsAsync();
        var header = (await File.ReadAllLinesAsync(Directory.GetFiles(Path.Combine(Place, "header"))[0], Stop))[0];
        var wrapped = JsonDocument.Parse(header).RootElement.GetProperty("keySlots")[0].GetProperty("key").GetBytesFromBase64();
        await Assert.ThrowsAsync<InvalidCiphertextException>(() => kms.DecryptAsync(
            new DecryptRequest
            {
                CiphertextBlob = new MemoryStream(wrapped),
                EncryptionContext = new() { ["app"] = "shop", ["drtools-repository"] = Guid.NewGuid().ToString("D") },
            },
            Stop));
    }

    [Fact]
    public async Task A_header_that_somebody_without_the_key_made_is_refused()
    {
        var endpoint = await moto.EndpointAsync();
        var key = await moto.NewKeyAsync();
        await MakeAsync($"aws-kms://{key}?endpoint={endpoint}");
        foreach (var file in Directory.GetFiles(Path.Combine(Place, "header")))
        {
            // A later creation, with a checksum that fits and the old authentication.
            var lines = (await File.ReadAllTextAsync(file, Stop)).Split('\n');
            lines[0] = lines[0].Replace("\"createdAt\":\"20", "\"createdAt\":\"21", StringComparison.Ordinal);
            lines[1] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(lines[0])));
            File.SetAttributes(file, FileAttributes.Normal);
            await File.WriteAllTextAsync(file, string.Join('\n', lines), Stop);
        }

        var error = await Assert.ThrowsAsync<DrException>(() => OpenAsync(null));
        Assert.Equal(DrError.IntegrityFailure, error.Error);
    }

    [Fact]
    public async Task The_same_key_is_not_added_twice_and_an_unknown_one_not_at_all()
    {
        var endpoint = await moto.EndpointAsync();
        var key = await moto.NewKeyAsync();
        await MakeAsync($"aws-kms://{key}?endpoint={endpoint}");
        await using var repository = await _factory.OpenAsync(Place, RepositoryCredential.None, Stop);
        using var same = RepositoryCredential.FromKeyService($"aws-kms://{key}?endpoint={endpoint}");
        Assert.Equal(DrError.BadUsage, (await Assert.ThrowsAsync<DrException>(() => _factory.AddKeyAsync(repository, same, null, Stop).AsTask())).Error);

        using var missing = RepositoryCredential.FromKeyService($"aws-kms://alias/none-such?endpoint={endpoint}&region=eu-west-1");
        var error = await Assert.ThrowsAsync<DrException>(() => _factory.AddKeyAsync(repository, missing, null, Stop).AsTask());
        Assert.Equal(DrError.KeyUnusable, error.Error);
        Assert.Contains("no such key in the region eu-west-1", error.Message, StringComparison.Ordinal);
        Assert.Contains("region=", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_gone_is_named_and_what_else_opens_the_repository()
    {
        var endpoint = await moto.EndpointAsync();
        var key = await moto.NewKeyAsync();
        await MakeAsync($"aws-kms://{key}?endpoint={endpoint}");
        await using (var repository = await _factory.OpenAsync(Place, RepositoryCredential.None, Stop))
        {
            using var passphrase = RepositoryCredential.FromPassphrase("correct horse");
            await _factory.AddKeyAsync(repository, passphrase, null, Stop);
        }

        // In another region there is no such key: the same header, read with a KMS that does not have it.
        var error = await Assert.ThrowsAsync<DrException>(() => OpenAsync($"aws-kms://{key.Replace("us-east-1", "eu-west-1", StringComparison.Ordinal)}?endpoint={endpoint}"));
        Assert.Equal(DrError.KeyUnusable, error.Error);
        Assert.Contains("there is no such key in the region eu-west-1", error.Message, StringComparison.Ordinal);
        Assert.Contains("opens with another secret too (--passphrase-file)", error.Remedy, StringComparison.Ordinal);
    }

    private async Task MakeAsync(string kmsKey)
    {
        using var credential = RepositoryCredential.FromKeyService(kmsKey);
        await using var repository = await _factory.CreateAsync(Place, credential, Stop);
        Assert.True(repository.IsEncrypted);
        Assert.Equal("kms", repository.KeyProtection);
    }

    private async Task OpenAsync(string? kmsKey)
    {
        using var credential = kmsKey is null ? RepositoryCredential.None : RepositoryCredential.FromKeyService(kmsKey);
        await using var repository = await _factory.OpenAsync(Place, credential, Stop);
        Assert.Equal(KeySlotKind.Kms, Assert.Single(repository.Keys).Kind);
    }
}
