using System.Diagnostics;
using DrTools.Aws.Tests.Servers;
using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Manifests;

namespace DrTools.Aws.Tests.Repositories;

/// <summary>Listing backups asks the store for names, and for nothing that is known.</summary>
public sealed class BackupCacheTests(RadosGateway gateway, ITestOutputHelper output)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public Task Many_backups_are_listed_without_being_read_again() => ListAsync(200);

    [Fact(Explicit = true)]
    public async Task Ten_thousand_backups_are_listed_in_two_seconds() => Assert.True(await ListAsync(10_000) < TimeSpan.FromSeconds(2));

    private async Task<TimeSpan> ListAsync(int count)
    {
        string folder;
        var factory = new RepositoryFactory(TimeProvider.System, 1000);
        var location = gateway.LocationOf(await gateway.NewBucketAsync());
        var secret = RepositoryCredential.FromPassphrase("horse battery");
        await using (var repository = await factory.CreateAsync(location, secret, Cancel))
        {
            await Parallel.ForAsync(1, count + 1, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancel }, async (i, stop) =>
                await repository.Manifests.CommitAsync(new ManifestRoot(Info(i), [], []), stop));
            folder = Path.Join(Environment.GetEnvironmentVariable("DRTOOLS_CACHE"), repository.Id.ToString("n"));
        }

        var first = await ListAsync(factory, location, secret);
        Assert.Equal(count, first.Backups.Count);
        Assert.True(first.Gets >= count);
        var second = await ListAsync(factory, location, secret);
        output.WriteLine($"{count} backups: {first.Time.TotalSeconds:0.00} s with {first.Gets} reads, then {second.Time.TotalSeconds:0.00} s with {second.Gets}");
        Assert.InRange(second.Gets, 0, 4);
        Assert.Equal(first.Backups.Select(b => (b.Id, b.Sequence, b.SourceBytes, b.Reason)), second.Backups.Select(b => (b.Id, b.Sequence, b.SourceBytes, b.Reason)));

        // What lies on the disk tells nothing, and what is damaged there or put in another's place counts for nothing.
        var files = Directory.GetFiles(folder).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(count, files.Count);
        Assert.DoesNotContain("nightly", await File.ReadAllTextAsync(files[0], Cancel), StringComparison.Ordinal);
        var bytes = await File.ReadAllBytesAsync(files[0], Cancel);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(files[0], bytes, Cancel);
        File.Copy(files[1], files[2], overwrite: true);

        // A backup that is gone in the store is gone.
        await using (var repository = await factory.OpenAsync(location, secret, Cancel))
        {
            var gone = (await repository.Manifests.ListAsync(null, Cancel))[10];
            await repository.Store.DeleteAsync(gone.Stored.Name, Cancel);
        }

        var third = await ListAsync(factory, location, secret);
        Assert.Equal(count - 1, third.Backups.Count);
        Assert.Equal(second.Backups.Where((_, i) => i != 10).Select(b => b.Id), third.Backups.Select(b => b.Id));
        Assert.InRange(third.Gets, 2, 6);
        Assert.Equal(count - 1, Directory.GetFiles(folder).Length);
        return second.Time;
    }

    private static async Task<(IReadOnlyList<BackupInfo> Backups, long Gets, TimeSpan Time)> ListAsync(RepositoryFactory factory, string location, RepositoryCredential secret)
    {
        await using var repository = await factory.OpenAsync(location, secret, Cancel);
        var before = repository.Store.Traffic!;
        var started = Stopwatch.GetTimestamp();
        var backups = await new BackupCatalog(repository).ListAsync(new BackupFilter(), Cancel);
        return (backups, repository.Store.Traffic!.Since(before).Gets, Stopwatch.GetElapsedTime(started));
    }

    private static BackupInfo Info(int number) => new()
    {
        Id = $"20261121T{number:000000}Z-0000",
        Source = "files:/srv",
        Host = "h",
        Type = BackupType.Incremental,
        Sequence = number,
        FullId = "x",
        Reason = "nightly",
        Started = DateTimeOffset.UnixEpoch.AddDays(number),
        Finished = DateTimeOffset.UnixEpoch.AddDays(number),
        ToolVersion = "1",
        SourceBytes = number,
        ChangeHistory = [.. Enumerable.Repeat(new ChangeRate(BackupType.Incremental, 0.0123, 0.4567), 30)],
    };
}
