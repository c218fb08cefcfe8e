using DrTools.Backup;
using DrTools.Expiry;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Restore;
using DrTools.Retention;
using DrTools.Sources;
using DrTools.Sources.Files;
using DrTools.Verification;
using Xunit;

namespace DrTools.Tests.Torture;

/// <summary>A folder with a repository and room for trees, and the operations that every torture needs.</summary>
internal sealed class TortureRepository : IAsyncDisposable
{
    public const string Passphrase = "rack and thumbscrew";

    private readonly RepositoryFactory _factory;

    private TortureRepository(string folder, string location, TimeProvider time, RepositoryTuning tuning)
    {
        (Folder, Location, Tuning) = (folder, location, tuning);
        _factory = new RepositoryFactory(time, 1000, tuning);
    }

    public string Folder { get; }

    public string Location { get; }

    public RepositoryTuning Tuning { get; }

    public Repository Repository { get; private set; } = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<TortureRepository> CreateAsync(RepositoryTuning? tuning = null, TimeProvider? time = null, string? location = null)
    {
        var folder = NewFolder();
        var torture = new TortureRepository(folder, location ?? Path.Combine(folder, "repository"), time ?? TimeProvider.System, tuning ?? RepositoryTuning.Default);
        using var credential = RepositoryCredential.FromPassphrase(Passphrase);
        torture.Repository = await torture._factory.CreateAsync(torture.Location, credential, Cancel);
        return torture;
    }

    /// <summary>In memory where there is plenty of it: thousands of rounds would otherwise wait for the disk most of the
    /// time.</summary>
    private static string NewFolder()
    {
        const string memory = "/dev/shm";
        if (!Directory.Exists(memory) || new DriveInfo(memory).AvailableFreeSpace < 4L << 30)
        {
            return Directory.CreateTempSubdirectory("drtools-torture-").FullName;
        }

        return Directory.CreateDirectory(Path.Combine(memory, "drtools-torture-" + Guid.NewGuid().ToString("n"))).FullName;
    }

    public string At(string name) => Path.Combine(Folder, name);

    public async Task<Repository> OpenAsync(string passphrase = Passphrase)
    {
        using var credential = RepositoryCredential.FromPassphrase(passphrase);
        return await _factory.OpenAsync(Location, credential, Cancel);
    }

    /// <summary>Opens it anew, as the next process would.</summary>
    public async Task ReopenAsync(string passphrase = Passphrase)
    {
        var old = Repository;
        Repository = await OpenAsync(passphrase);
        await old.DisposeAsync();
    }

    public Task<BackupResult> BackUpAsync(string source, BackupType type = BackupType.Incremental) => BackUpAsync(new FilesSource(source), type);

    public Task<BackupResult> BackUpAsync(ISource source, BackupType type = BackupType.Incremental) =>
        new BackupEngine(Repository).RunAsync(source, new BackupOptions { Type = type, Parallelism = 2, WorkFolder = Folder }, null, Cancel);

    public async Task<IReadOnlyList<BackupInfo>> ListAsync() => await new BackupCatalog(Repository).ListAsync(new BackupFilter(), Cancel);

    public Task<ExpiryResult> ExpireAsync(string rule, TimeSpan grace = default) =>
        new ExpiryEngine(Repository).RunAsync(new ExpiryOptions { Policy = RetentionPolicy.Parse([rule]), OrphanGrace = grace }, Cancel);

    public Task<RestoreResult> RestoreAsync(BackupInfo backup, string target, RestoreOptions? options = null) =>
        new RestoreEngine(Repository).RestoreAsync(backup, target, options ?? new RestoreOptions { Parallelism = 2 }, null, Cancel);

    /// <summary>Restores into a fresh folder and says what is there.</summary>
    public async Task<SortedDictionary<string, string>> RestoreAndDigestAsync(BackupInfo backup)
    {
        var target = At("restored-" + Guid.NewGuid().ToString("n"));
        var result = await RestoreAsync(backup, target);
        Assert.True(result.Passed, string.Join('\n', result.Issues));
        var digest = TreeDigest.Of(target);
        Directory.Delete(target, recursive: true);
        return digest;
    }

    public async Task<RepositoryCheckResult> CheckAsync() => await NewVerifier().CheckRepositoryAsync(Cancel);

    public VerificationEngine NewVerifier() => new(Repository, new VerifyOptions { Level = VerifyLevel.Content, Parallelism = 2 });

    /// <summary>Everything that is listed is whole.</summary>
    public async Task<IReadOnlyList<BackupInfo>> AssertWholeAsync(string what)
    {
        var check = await CheckAsync();
        Assert.True(check.Passed, $"{what}: {string.Join('\n', check.Findings)}");
        var backups = await ListAsync();
        var verifier = NewVerifier();
        foreach (var backup in backups)
        {
            var result = await verifier.VerifyAsync(backup.Id, null, Cancel);
            Assert.True(result.Passed, $"{what}: {backup.Id}: {string.Join('\n', result.Findings)}");
        }

        return backups;
    }

    /// <summary>Removes every backup with what it stored.</summary>
    public async Task ExpireAllAsync()
    {
        await new ExpiryEngine(Repository).RemoveAsync(await ListAsync(), force: true, Cancel);
        await ExpireAsync("last=1");
    }

    public async Task RotateAsync(string passphrase)
    {
        using var credential = RepositoryCredential.FromPassphrase(passphrase);
        await _factory.RotateKeyAsync(Repository, credential, Cancel);
    }

    /// <summary>After an expiry without grace, nothing is left that no backup refers to.</summary>
    public async Task AssertNoOrphansAsync(string what)
    {
        await ExpireAsync("last=100");
        var check = await CheckAsync();
        Assert.True(check.OrphanedPacks == 0, $"{what}: {check.OrphanedPacks} of {check.Packs} packs are orphaned.");
    }

    public long PackBytes() => Packs().Sum(f => f.Length);

    public IReadOnlyList<FileInfo> Packs() => Directory.Exists(Path.Combine(Location, "packs"))
        ? [.. new DirectoryInfo(Path.Combine(Location, "packs")).GetFiles("*", SearchOption.AllDirectories)]
        : [];

    /// <summary>The number of packs while others add and remove some.</summary>
    public int CountPacks()
    {
        try
        {
            return Directory.GetFiles(Path.Combine(Location, "packs"), "*", SearchOption.AllDirectories).Length;
        }
        catch (DirectoryNotFoundException)
        {
            return 0;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Repository.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
