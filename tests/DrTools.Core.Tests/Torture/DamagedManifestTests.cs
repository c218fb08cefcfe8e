using DrTools.Backup;
using DrTools.Expiry;
using DrTools.Repositories;
using DrTools.Restore;
using Xunit;

namespace DrTools.Tests.Torture;

/// <summary>Working on beside a damaged manifest, and getting rid of it.</summary>
public sealed class DamagedManifestTests : IAsyncLifetime
{
    private TortureRepository _torture = null!;
    private ChangingTree _tree = null!;
    private readonly List<BackupInfo> _backups = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _torture = await TortureRepository.CreateAsync(new RepositoryTuning { PackLength = 64 << 10 });
        _tree = new ChangingTree(_torture.At("tree"), 11, 30, 300_000);
        foreach (var type in new[] { BackupType.Full, BackupType.Incremental, BackupType.Full, BackupType.Incremental })
        {
            _backups.Add((await _torture.BackUpAsync(_tree.Root, type)).Backup);
            _tree.Change(6);
        }
    }

    public ValueTask DisposeAsync() => _torture.DisposeAsync();

    [Fact]
    public async Task It_goes_by_its_id_with_force_and_with_it_what_only_it_referred_to()
    {
        Flip(ManifestOf(_backups[1]), 200);
        var engine = new ExpiryEngine(_torture.Repository);
        var e = await Assert.ThrowsAsync<DrException>(() => _torture.ExpireAsync("last=1"));
        Assert.Equal(DrError.IntegrityFailure, e.Error);
        Assert.Equal($"Bring the manifest back from another copy of the repository, or give the backup up: remove {_backups[1].Id} by its id with --force (-Force).", e.Remedy);
        e = await Assert.ThrowsAsync<DrException>(() => engine.RemoveByIdAsync([_backups[1].Id], force: false, dryRun: false, Cancel));
        Assert.Equal(DrError.BackupProtected, e.Error);
        Assert.Equal($"The backup {_backups[1].Id} has a damaged manifest.", e.Message);
        e = await Assert.ThrowsAsync<DrException>(() => engine.RemoveByIdAsync([_backups[0].Id], force: false, dryRun: false, Cancel));
        Assert.Equal(DrError.IntegrityFailure, e.Error);
        e = await Assert.ThrowsAsync<DrException>(() => engine.RemoveByIdAsync(["20000101T000000Z-00000000"], force: true, dryRun: false, Cancel));
        Assert.Equal(DrError.BackupMissing, e.Error);

        var removed = await engine.RemoveByIdAsync([_backups[1].Id], force: true, dryRun: false, Cancel);
        Assert.Equal(1, removed.RemovedBackups);
        Assert.Equal(1, Assert.Single(removed.Plan.Removed, c => c.IsDamaged).Sequence - 1);
        Assert.True(removed.RemovedPacks > 0);
        Assert.Equal(3, (await _torture.AssertWholeAsync("removed")).Count);
        await _torture.AssertNoOrphansAsync("removed");
    }

    [Fact]
    public async Task While_another_is_damaged_no_pack_goes()
    {
        Flip(ManifestOf(_backups[1]), 200);
        Flip(ManifestOf(_backups[3]), 200);
        var engine = new ExpiryEngine(_torture.Repository);
        var packs = _torture.Packs().Count;
        var first = await engine.RemoveByIdAsync([_backups[1].Id], force: true, dryRun: false, Cancel);
        Assert.Equal((1, 0), (first.RemovedBackups, first.RemovedPacks));
        Assert.True(first.DeferredPacks > 0);
        Assert.Equal(packs, _torture.Packs().Count);
        await engine.RemoveByIdAsync([_backups[3].Id], force: true, dryRun: false, Cancel);
        Assert.Equal([_backups[0].Id, _backups[2].Id], (await _torture.AssertWholeAsync("both removed")).Select(b => b.Id));
        await _torture.AssertNoOrphansAsync("both removed");
    }

    [Fact]
    public async Task A_plan_reads_around_a_lost_block_as_the_restore_does()
    {
        var root = await _torture.Repository.Manifests.ReadAsync(_backups[0].Id, Cancel);
        var frame = root.Blocks[0].Frame;
        var path = Path.Combine(_torture.Location, root.Packs[frame.Pack].ObjectName);
        var content = await File.ReadAllBytesAsync(path, Cancel);
        content[frame.Offset + 20] ^= 1;
        await File.WriteAllBytesAsync(path, content, Cancel);

        var engine = new RestoreEngine(_torture.Repository);
        var plan = await engine.PlanAsync(_backups[0], _torture.At("planned"), new RestoreOptions(), Cancel);
        Assert.Contains("Entries from . on would be missing: a block of the manifest is lost.", plan.Obstacles);
        Assert.False((await engine.RestoreAsync(_backups[0], _torture.At("restored"), new RestoreOptions(), null, Cancel)).Passed);
    }

    [Fact]
    public async Task A_pinned_one_stays()
    {
        await new BackupCatalog(_torture.Repository).PinAsync(_backups[1], "evidence", Cancel);
        Flip(ManifestOf(_backups[1]), 200);
        var e = await Assert.ThrowsAsync<DrException>(() => new ExpiryEngine(_torture.Repository).RemoveByIdAsync([_backups[1].Id], force: true, dryRun: false, Cancel));
        Assert.Equal(DrError.BackupProtected, e.Error);
        Assert.Contains("is pinned (evidence)", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backups_and_restores_go_on_beside_it()
    {
        Flip(ManifestOf(_backups[3]), 99);
        var next = await _torture.BackUpAsync(_tree.Root);
        Assert.Equal(_backups[2].Id, next.Backup.ParentId);
        Assert.Equal(5, next.Backup.Sequence);
        Assert.Contains(next.Notes, n => n.Contains("does not build on it", StringComparison.Ordinal));
        TreeDigest.AssertSame(TreeDigest.Of(_tree.Root), await _torture.RestoreAndDigestAsync(next.Backup), "beside");
        await Assert.ThrowsAsync<DrException>(_torture.ListAsync);
        var damaged = new List<DrException>();
        Assert.Equal(4, (await new BackupCatalog(_torture.Repository).ListAsync(new BackupFilter(), Cancel, damaged.Add)).Count);
        Assert.Equal(Path.GetRelativePath(_torture.Location, ManifestOf(_backups[3])), Assert.Single(damaged).Subject);
    }

    /// <summary>One bit of the parent's metadata must not make every later incremental fail.</summary>
    [Fact]
    public async Task A_damaged_block_of_the_parent_is_read_around()
    {
        var oracle = await ContentOracle.ReadAsync(_torture.Repository);
        var last = _backups[3];
        var metadata = (await _torture.Repository.Manifests.ReadAsync(last.Id, Cancel)).Blocks.Select(b => b.Frame).ToList();
        var packs = (await _torture.Repository.Manifests.ReadAsync(last.Id, Cancel)).Packs;
        foreach (var frame in metadata)
        {
            Flip(Path.Combine(_torture.Location, packs[frame.Pack].ObjectName), frame.Offset + 20);
        }

        var next = await _torture.BackUpAsync(_tree.Root);
        Assert.Contains(next.Notes, n => n == $"{metadata.Count} blocks of the manifest of {last.Id} are damaged; what they list was read anew. Verify the repository.");
        TreeDigest.AssertSame(TreeDigest.Of(_tree.Root), await _torture.RestoreAndDigestAsync(next.Backup), "around");
        Assert.True((await _torture.NewVerifier().VerifyAsync(next.Backup.Id, null, Cancel)).Passed);
    }

    [Fact]
    public async Task Stray_files_are_named_and_stop_only_expiry()
    {
        string[] strays = ["journal/.nfs0001", "manifests/.DS_Store", $"manifests/{Path.GetFileName(Path.GetDirectoryName(ManifestOf(_backups[0])))}/notes.txt", "packs/lost", "leases/x", "pins/nobody", "misc"];
        foreach (var stray in strays)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_torture.Location, stray))!);
            await File.WriteAllTextAsync(Path.Combine(_torture.Location, stray), "?", Cancel);
        }

        var next = (await _torture.BackUpAsync(_tree.Root)).Backup;
        await _torture.RestoreAndDigestAsync(next);
        Assert.Equal(5, (await _torture.ListAsync()).Count);
        Assert.True((await _torture.NewVerifier().VerifyAsync(next.Id, null, Cancel)).Passed);
        var named = (await _torture.CheckAsync()).Findings.Select(f => f.Object).ToList();
        foreach (var stray in strays.Where(s => s != "packs/lost"))
        {
            Assert.Contains(stray, named);
        }

        var e = await Assert.ThrowsAsync<DrException>(() => _torture.ExpireAsync("last=1"));
        Assert.Equal(DrError.IntegrityFailure, e.Error);
        Assert.Equal("manifests/.DS_Store", e.Subject);
    }

    private static void Flip(string path, long at)
    {
        using var file = File.Open(path, FileMode.Open);
        file.Position = at;
        var value = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(value ^ 1));
    }

    private string ManifestOf(BackupInfo backup) => Assert.Single(Directory.GetFiles(Path.Combine(_torture.Location, "manifests"), "*-" + backup.Id, SearchOption.AllDirectories));
}
