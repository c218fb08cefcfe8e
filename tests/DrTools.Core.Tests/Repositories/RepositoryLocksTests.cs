using System.Collections.Concurrent;
using DrTools.Backup;
using DrTools.Expiry;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Locks;
using DrTools.Retention;
using DrTools.Sources.Files;
using DrTools.Stores;
using DrTools.Tests.Torture;
using DrTools.Verification;
using Xunit;

namespace DrTools.Tests.Repositories;

/// <summary>What is kept stays locked, and what is not can go when its lock has ended.</summary>
public sealed class RepositoryLocksTests : IDisposable
{
    private static readonly LockPolicy Policy = new(ObjectLockMode.Governance, 10);

    private readonly string _folder = Directory.CreateTempSubdirectory("drtools-locks-").FullName;
    private readonly ShiftedTime _time = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _locks = new(StringComparer.Ordinal);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static RepositoryCredential Secret => RepositoryCredential.FromPassphrase("horse battery");

    [Fact]
    public async Task Locks_that_nobody_extends_are_found_by_a_check()
    {
        var source = Directory.CreateDirectory(Path.Combine(_folder, "source")).FullName;
        Write(source, 1);
        await using var repository = await CreateAsync();
        for (var day = 0; day < 3; day++)
        {
            // Two incremental backups refer to what the first one stored: that there are markers of locks is no fault.
            await BackUpAsync(repository, source, BackupType.Incremental);
            Assert.Empty((await CheckAsync()).Findings);
            _time.Offset += TimeSpan.FromDays(1);
        }

        Assert.Contains(await repository.Store.ListAllAsync("locks/", Cancel), _ => true);
        _time.Offset += TimeSpan.FromDays(1);
        var finding = Assert.Single((await CheckAsync()).Findings);
        Assert.Equal("locks/", finding.Object);
        Assert.Contains("10 days ahead", finding.Problem, StringComparison.Ordinal);
        await new ExpiryEngine(repository).RunAsync(new ExpiryOptions { Policy = RetentionPolicy.Parse(["last=3"]) }, Cancel);
        Assert.Empty((await CheckAsync()).Findings);

        Task<RepositoryCheckResult> CheckAsync() => new VerificationEngine(repository, new VerifyOptions { Level = VerifyLevel.Content, Parallelism = 2 }).CheckRepositoryAsync(Cancel);
    }

    [Fact]
    public async Task Sixty_days_of_backups_and_expiry()
    {
        var source = Directory.CreateDirectory(Path.Combine(_folder, "source")).FullName;
        for (var i = 0; i < 5; i++)
        {
            Write(source, i);
        }

        await using var repository = await CreateAsync();
        var ids = new List<string>();
        var refused = 0;
        int naive = 0, done = LockingStore.Extended;
        for (var day = 0; day < 60; day++)
        {
            Write(source, day % 4);
            ids.Add((await BackUpAsync(repository, source, day == 30 ? BackupType.Full : BackupType.Incremental)).Id);
            await AssertKeptAreLockedAsync(repository, $"day {day}, after the backup", everything: false);
            var result = await new ExpiryEngine(repository).RunAsync(new ExpiryOptions { Policy = RetentionPolicy.Parse(["last=3"]) }, Cancel);
            refused += result.LockedBackups;
            await AssertKeptAreLockedAsync(repository, $"day {day}, after the expiry", everything: true);
            naive += _locks.Count;
            _time.Offset += TimeSpan.FromDays(1);
        }

        // Nothing could go in the first twelve days; from then on one a day did, the first among them.
        Assert.True(refused >= 12, $"{refused}");
        var left = await new BackupCatalog(repository).ListAsync(new BackupFilter(), Cancel);
        Assert.DoesNotContain(left, b => b.Id == ids[0]);
        Assert.InRange(left.Count, 3, 20);

        // What the full before the last one brought is needed by nothing and locked by nothing.
        Assert.DoesNotContain(await repository.Store.ListAllAsync($"packs/{ids[0]}/", Cancel), _ => true);
        Assert.DoesNotContain(await repository.Store.ListAllAsync("locks/", Cancel), o => o.Name.Contains(ids[0], StringComparison.Ordinal));

        // And locks are extended when it is time, not every day.
        Assert.InRange(LockingStore.Extended - done, 1, naive / 2);
        foreach (var backup in left)
        {
            Assert.True((await new VerificationEngine(repository, new VerifyOptions { Level = VerifyLevel.Content, Parallelism = 2 }).VerifyAsync(backup.Id, null, Cancel)).Passed);
        }
    }

    [Fact]
    public async Task A_marker_that_somebody_else_put_there_counts_for_nothing()
    {
        var source = Directory.CreateDirectory(Path.Combine(_folder, "source")).FullName;
        Write(source, 0);
        await using var repository = await CreateAsync();
        var full = await BackUpAsync(repository, source, BackupType.Full);
        Assert.True(await repository.Store.TryPutAsync($"locks/{full.Id}-20990101T000000Z", new byte[60], Cancel));
        _time.Offset += TimeSpan.FromDays(3);
        await new ExpiryEngine(repository).RunAsync(new ExpiryOptions { Policy = RetentionPolicy.Parse(["last=3"]) }, Cancel);
        await AssertKeptAreLockedAsync(repository, "after the expiry", everything: true);
    }

    [Fact]
    public async Task A_folder_cannot_lock()
    {
        var e = await Assert.ThrowsAsync<DrException>(async () => await Factory.CreateAsync(Path.Combine(_folder, "plain"), Secret, RepositoryPlace.Undeclared, Policy, Cancel));
        Assert.Equal(DrError.BadUsage, e.Error);
        Assert.False(Directory.Exists(Path.Combine(_folder, "plain", "header")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(100_000)]
    public async Task Senseless_times_are_refused(int days) =>
        Assert.Equal(DrError.BadUsage, (await Assert.ThrowsAsync<DrException>(async () => await Factory.CreateAsync(Path.Combine(_folder, "plain"), Secret, RepositoryPlace.Undeclared, Policy with { RetentionDays = days }, Cancel))).Error);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private RepositoryFactory Factory => new(_time, 1000);

    private ValueTask<Repository> CreateAsync()
    {
        var scheme = "lock" + Guid.NewGuid().ToString("n");
        ObjectStores.Register(scheme, (_, create) => new LockingStore(DirectoryStore.Open(Path.Combine(_folder, "repository"), create), _time, _locks));
        return Factory.CreateAsync($"{scheme}://x", Secret, RepositoryPlace.Undeclared, Policy, Cancel);
    }

    private static void Write(string folder, int number) => File.WriteAllBytes(Path.Combine(folder, $"{number}"), System.Security.Cryptography.RandomNumberGenerator.GetBytes(300_000));

    private async Task<BackupInfo> BackUpAsync(Repository repository, string source, BackupType type) =>
        (await new BackupEngine(repository).RunAsync(new FilesSource(source), new BackupOptions { Type = type, Parallelism = 2, WorkFolder = _folder }, null, Cancel)).Backup;

    /// <summary>Of the three newest everything is locked as far ahead as promised; with everything else that is to last, after
    /// an expiry.</summary>
    private async Task AssertKeptAreLockedAsync(Repository repository, string when, bool everything)
    {
        var due = _time.GetUtcNow() + Policy.Promise - TimeSpan.FromMinutes(5);
        var manifests = new List<DrTools.Repositories.Manifests.ManifestRoot>();
        foreach (var info in (await new BackupCatalog(repository).ListAsync(new BackupFilter(), Cancel)).OrderByDescending(b => b.Sequence).Take(everything ? 3 : 1))
        {
            manifests.Add(await repository.Manifests.ReadAsync(info.Id, Cancel));
        }

        var names = manifests.SelectMany(m => m.Packs.Select(p => p.ObjectName).Append(repository.Manifests.NameOf(m).ToString())).ToHashSet(StringComparer.Ordinal);
        if (everything)
        {
            names.UnionWith((await repository.Store.ListAllAsync("header/", Cancel)).Concat(await repository.Store.ListAllAsync("journal/", Cancel)).Select(o => o.Name));
        }

        foreach (var name in names)
        {
            Assert.True(_locks.TryGetValue(name, out var until) && until >= due, $"{when}: {name} is locked until {until:u}, must be until {due:u}.");
        }
    }
}
