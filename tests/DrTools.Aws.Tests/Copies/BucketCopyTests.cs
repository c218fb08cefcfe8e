using DrTools.Aws.Tests.Servers;
using DrTools.Backup;
using DrTools.Copies;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Restore;
using DrTools.Sources.Files;
using DrTools.Verification;

namespace DrTools.Aws.Tests.Copies;

/// <summary>Copies from a folder into a bucket, from there into another one, and back: with few requests, and independent of where
/// they came from.</summary>
public sealed class BucketCopyTests(RadosGateway gateway) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("drtools-bucket-copy-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact(Timeout = 10 * 60 * 1000)]
    public async Task A_backup_goes_from_a_folder_through_two_buckets_and_comes_back()
    {
        AwsProvider.Register();
        var tree = Path.Combine(_folder, "tree");
        Directory.CreateDirectory(tree);
        var random = new Random(7);
        for (var i = 0; i < 300; i++)
        {
            var content = new byte[i == 0 ? 40 << 20 : random.Next(30_000)];
            random.NextBytes(content);
            await File.WriteAllBytesAsync(Path.Combine(tree, $"f{i}"), content, Token);
        }

        var near = await CreateAsync(Path.Combine(_folder, "near"), "one");
        var first = (await BackUpAsync(near, tree)).Backup;
        await File.WriteAllTextAsync(Path.Combine(tree, "f1"), "changed", Token);
        var second = (await BackUpAsync(near, tree)).Backup;
        await using var bucket = await CreateAsync(gateway.LocationOf(await gateway.NewBucketAsync()), "two");
        var up = await new CopyEngine(near, bucket).RunAsync(new CopyOptions(), null, Token);
        Assert.True(up.Passed, string.Join('\n', up.Errors.Select(e => e.Message)));
        Assert.Equal([first.Id, second.Id], up.Backups.Where(b => b.Outcome == CopyOutcome.Copied).Select(b => b.BackupId));

        // Whole packs go up and come back once: parts of tens of megabytes, and a few small objects.
        Assert.Null(up.SourceTraffic);
        Assert.InRange(up.TargetTraffic!.Puts, 1, 80);
        Assert.InRange(up.TargetTraffic.Gets, 1, 160);
        Assert.InRange(up.TargetTraffic.BytesUp, up.StoredBytes, up.StoredBytes * 12 / 10);
        await near.DisposeAsync();
        Directory.Delete(Path.Combine(_folder, "near"), recursive: true);

        await using var other = await CreateAsync(gateway.LocationOf(await gateway.NewBucketAsync()), "three");
        var across = await new CopyEngine(bucket, other).RunAsync(new CopyOptions { Policy = CopyPolicy.Latest }, null, Token);
        Assert.True(across.Passed, string.Join('\n', across.Errors.Select(e => e.Message)));
        Assert.Equal(0, (await new CopyEngine(bucket, other).RunAsync(new CopyOptions { Policy = CopyPolicy.Latest }, null, Token)).StoredBytes);
        Assert.True((await new VerificationEngine(other, new VerifyOptions { Level = VerifyLevel.Content }).VerifyAsync(second.Id, null, Token)).Passed);

        await using var back = await CreateAsync(Path.Combine(_folder, "back"), "four");
        Assert.True((await new CopyEngine(other, back).RunAsync(new CopyOptions(), null, Token)).Passed);
        var restored = Path.Combine(_folder, "restored");
        var copy = await new BackupCatalog(back).FindAsync(second.Id, null, Token);
        Assert.Equal(other.Id, copy.CopiedFrom!.RepositoryId);
        Assert.True((await new RestoreEngine(back).RestoreAsync(copy, restored, new RestoreOptions(), null, Token)).Passed);
        foreach (var file in Directory.GetFiles(tree))
        {
            Assert.Equal(await File.ReadAllBytesAsync(file, Token), await File.ReadAllBytesAsync(Path.Combine(restored, Path.GetFileName(file)), Token));
        }
    }

    private static async Task<Repository> CreateAsync(string location, string passphrase)
    {
        using var credential = RepositoryCredential.FromPassphrase(passphrase);
        return await new RepositoryFactory().CreateAsync(location, credential, Token);
    }

    private static Task<BackupResult> BackUpAsync(Repository repository, string tree) =>
        new BackupEngine(repository).RunAsync(new FilesSource(tree), new BackupOptions(), null, Token);
}
