using DrTools.Aws.Tests.Faults;
using DrTools.Aws.Tests.Servers;
using DrTools.Backup;
using DrTools.Copies;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Repositories.Keys;
using DrTools.Restore;
using DrTools.Sources;
using DrTools.Stores;
using DrTools.Verification;

namespace DrTools.Aws.Tests.Repositories;

/// <summary>A repository behind a network and a server that fail.</summary>
public sealed class FaultyRepositoryTests(RadosGateway gateway, ITestOutputHelper output)
{
    private static readonly Fault[] Passing =
    [
        Fault.ServerError, Fault.ServerErrorAfterwards, Fault.SlowDown, Fault.Throttled, Fault.Reset, Fault.ResetMidUpload, Fault.ResetMidDownload,
        Fault.LostAnswer, Fault.Stall, Fault.Truncated, Fault.FlippedUpload, Fault.FlippedDownload, Fault.OldListing,
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static RepositoryCredential Secret => RepositoryCredential.FromPassphrase("horse battery");

    [Theory]
    [InlineData(7 << 20, 49)]
    [InlineData(300_000, 36)]
    public async Task With_one_request_in_twenty_failing_everything_succeeds_and_compares_equal(int packLength, int seed)
    {
        using var tree = new SourceTree(400, 20_000_000);
        var random = new Random(seed);
        await using var proxy = new FaultProxy(gateway.Endpoint, request =>
        {
            // Two numbers for every request, so that how many of the first hundred fail is always the same.
            double chance;
            int choice;
            lock (random)
            {
                (chance, choice) = (random.NextDouble(), random.Next(Passing.Length));
            }

            return chance < 0.05 ? Enumerable.Range(choice, Passing.Length).Select(i => Passing[i % Passing.Length]).First(f => FaultProxy.Fits(f, request)) : Fault.None;
        });
        var location = gateway.LocationOf(await gateway.NewBucketAsync(), options: "timeout=2", endpoint: proxy.Endpoint);
        await using var repository = await Factory(packLength).CreateAsync(location, Secret, Cancel);
        var first = await BackUpAsync(repository, tree);
        File.WriteAllBytes(Path.Combine(tree.Source, "new"), StoreFaultTests.Content(3_000_000));
        var second = await BackUpAsync(repository, tree);
        Assert.Equal(BackupType.Incremental, second.Type);
        foreach (var backup in new[] { first, second })
        {
            var verification = await new VerificationEngine(repository, new VerifyOptions { Level = VerifyLevel.Content, Parallelism = 2 }).VerifyAsync(backup.Id, null, Cancel);
            Assert.True(verification.Passed, string.Join('\n', verification.Findings));
        }

        var target = Path.Combine(tree.Folder, "restored");
        var restore = await new RestoreEngine(repository).RestoreAsync(second, target, new RestoreOptions { Parallelism = 2 }, null, Cancel);
        Assert.True(restore.Passed, string.Join('\n', restore.Issues));
        SourceTree.AssertSame(tree.Source, target);

        // From one bucket into another, both behind the same network.
        await using var copies = await Factory(packLength).CreateAsync(gateway.LocationOf(await gateway.NewBucketAsync(), options: "timeout=2", endpoint: proxy.Endpoint), Secret, Cancel);
        var copied = await new CopyEngine(repository, copies).RunAsync(new CopyOptions { Parallelism = 2 }, null, Cancel);
        Assert.True(copied.Passed, string.Join('\n', copied.Errors.Select(e => e.Message)));
        await new RestoreEngine(copies).RestoreAsync(second, target + "-copy", new RestoreOptions { Parallelism = 2 }, null, Cancel);
        SourceTree.AssertSame(tree.Source, target + "-copy");
        Assert.Equal([RunOutcome.Succeeded], (await repository.Journal.ReadAsync(100, Cancel)).Select(r => r.Outcome).Distinct());
        var traffic = repository.Store.Traffic!;
        output.WriteLine($"{traffic}; {string.Join(", ", proxy.Counts.Select(c => $"{c.Key} {c.Value}"))}");
        Assert.True(proxy.Injected >= 5, $"{proxy.Injected} faults");
        Assert.True(traffic.Retries >= 3);
    }

    [Fact]
    public async Task What_a_copy_reads_is_asked_for_again_before_it_counts_as_damaged()
    {
        using var tree = new SourceTree(60, 8_000_000);
        var number = 0;
        await using var proxy = new FaultProxy(
            gateway.Endpoint,
            request => request.Method == "GET" && request.Target.Contains("/packs/", StringComparison.Ordinal) && Interlocked.Increment(ref number) % 4 == 1 ? Fault.FlippedDownload : Fault.None);
        var bucket = await gateway.NewBucketAsync();
        BackupInfo backup;
        await using (var repository = await Factory(2_000_000).CreateAsync(gateway.LocationOf(bucket), Secret, Cancel))
        {
            backup = await BackUpAsync(repository, tree);
        }

        await using var source = await Factory(2_000_000).OpenAsync(gateway.LocationOf(bucket, endpoint: proxy.Endpoint), Secret, Cancel);
        await using var target = await Factory(2_000_000).CreateAsync(Path.Combine(tree.Folder, "target"), Secret, Cancel);
        var copied = await new CopyEngine(source, target).RunAsync(new CopyOptions { Parallelism = 2 }, null, Cancel);
        Assert.True(copied.Passed, string.Join('\n', copied.Errors.Select(e => e.Message)));
        Assert.True(proxy.Injected >= 2, $"{proxy.Injected} faults");
        await new RestoreEngine(target).RestoreAsync(backup, Path.Combine(tree.Folder, "restored"), new RestoreOptions { Parallelism = 2 }, null, Cancel);
        SourceTree.AssertSame(tree.Source, Path.Combine(tree.Folder, "restored"));
    }

    [Fact]
    public async Task With_the_server_gone_a_backup_fails_and_the_next_carries_on()
    {
        using var tree = new SourceTree(50, 20_000_000);
        var packs = 0;
        var gone = false;
        await using var proxy = new FaultProxy(gateway.Endpoint, request =>
        {
            if (request.Method == "PUT" && request.Target.Contains("/packs/", StringComparison.Ordinal) && Interlocked.Increment(ref packs) > 6)
            {
                Volatile.Write(ref gone, true);
            }

            return Volatile.Read(ref gone) ? Fault.Reset : Fault.None;
        });
        var bucket = await gateway.NewBucketAsync();
        var location = gateway.LocationOf(bucket, options: "retry-for=2", endpoint: proxy.Endpoint);
        StoreTraffic failed;
        await using (var repository = await Factory(1_000_000).CreateAsync(location, Secret, Cancel))
        {
            var e = await Assert.ThrowsAsync<DrException>(() => BackUpAsync(repository, tree));
            Assert.Equal(DrError.StoreUnreachable, e.Error);
            Assert.Contains($"in the bucket {bucket} at {proxy.Endpoint} failed", e.Message, StringComparison.Ordinal);
            Assert.Contains("run it again; what is stored already is reused", e.Remedy, StringComparison.Ordinal);
            failed = repository.Store.Traffic!;
        }

        Volatile.Write(ref gone, false);
        Volatile.Write(ref packs, int.MinValue);
        await using var again = await Factory(1_000_000).OpenAsync(location, Secret, Cancel);
        var backup = await BackUpAsync(again, tree);
        output.WriteLine($"failed: {failed}\nthen: {backup.Traffic}");
        Assert.True(failed.BytesUp > 5_000_000);
        Assert.InRange(backup.Traffic!.BytesUp, 1, 17_000_000);
        var target = Path.Combine(tree.Folder, "restored");
        await new RestoreEngine(again).RestoreAsync(backup, target, new RestoreOptions { Parallelism = 2 }, null, Cancel);
        SourceTree.AssertSame(tree.Source, target);
    }

    private static RepositoryFactory Factory(int packLength) => new(TimeProvider.System, 1000, new RepositoryTuning { PackLength = packLength });

    private static async Task<BackupInfo> BackUpAsync(Repository repository, SourceTree tree) =>
        (await new BackupEngine(repository).RunAsync(
            SourceRegistry.Parse("files:" + tree.Source, new SourceOptions()), new BackupOptions { Parallelism = 2, WorkFolder = tree.Folder }, null, Cancel)).Backup;
}
