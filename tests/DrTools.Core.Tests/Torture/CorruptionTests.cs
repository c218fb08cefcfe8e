using System.Diagnostics;
using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Verification;
using Xunit;

namespace DrTools.Tests.Torture;

/// <summary>Damages every kind of object at random places. All of it must be found and named, and all that is not damaged
/// must come back.</summary>
public sealed class CorruptionTests : IAsyncLifetime
{
    private static readonly string[] Kinds = ["header/00000001.a", "header/00000001.b", "manifests/", "packs/", "packs/", "packs/", "packs/", "journal/", "leases/", "pins/"];

    private readonly int _seed = TortureScale.NewSeed();
    private TortureRepository _torture = null!;
    private StoredFiles _files = null!;
    private ContentOracle _oracle = null!;
    private IReadOnlyList<BackupInfo> _backups = null!;
    private readonly Dictionary<string, SortedDictionary<string, string>> _trees = [];
    private Random _random = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _random = new Random(_seed);
        _torture = await TortureRepository.CreateAsync(new RepositoryTuning { PackLength = 192 << 10 });
        var tree = new ChangingTree(_torture.At("tree"), _seed, 40, 500_000);
        Directory.CreateDirectory(Path.Combine(tree.Root, "links"));
        foreach (var (file, i) in Directory.GetFiles(tree.Root).Where(f => File.ResolveLinkTarget(f, false) is null).Take(3).Select((f, i) => (f, i)))
        {
            using var ln = Process.Start("ln", [file, Path.Combine(tree.Root, $"links/l{i}")]);
            await ln.WaitForExitAsync(Cancel);
        }

        foreach (var type in new[] { BackupType.Full, BackupType.Incremental, BackupType.Full, BackupType.Differential })
        {
            var backup = (await _torture.BackUpAsync(tree.Root, type)).Backup;
            _trees[backup.Id] = TreeDigest.Of(tree.Root);
            tree.Change(10);
        }

        await new BackupCatalog(_torture.Repository).PinAsync((await _torture.ListAsync())[0], "kept", Cancel);
        await _torture.ReopenAsync();
        _backups = await _torture.AssertWholeAsync("before anything is damaged");
        _oracle = await ContentOracle.ReadAsync(_torture.Repository);
        _files = new StoredFiles(_torture.Location);
    }

    public ValueTask DisposeAsync() => _torture.DisposeAsync();

    [Fact]
    public async Task Every_flipped_bit_is_found_and_named()
    {
        for (var i = 0; i < TortureScale.Pick(150, 2000); i++)
        {
            await JudgeAsync(Damage.Flip(_files, _oracle, _random, Kinds[i % Kinds.Length]), restore: i % 8 == 3);
        }
    }

    [Fact]
    public async Task Everything_truncated_extended_swapped_or_deleted_is_found_and_named()
    {
        // The journal's last records are vouched for by nothing yet; a lease or a pin that is gone was there for all that
        // anybody can tell.
        var anchored = _files.Of("journal/").Take((int)_backups.Max(b => b.JournalSequence)).ToList();
        IReadOnlyList<string> deletable = [.. _files.Of("header/"), .. _files.Of("manifests/"), .. _files.Of("packs/"), .. anchored];
        for (var i = 0; i < TortureScale.Pick(60, 600); i++)
        {
            var kind = Kinds[_random.Next(Kinds.Length)];
            await JudgeAsync(
                (i % 4) switch
                {
                    0 => Damage.Truncate(_files, _random, kind),
                    1 => Damage.Append(_files, _random, kind),
                    2 => Damage.Delete(_files, _random, deletable),
                    _ => Damage.Swap(_files, _random, (i % 3) switch { 0 => "packs/", 1 => "manifests/", _ => "journal/" }),
                },
                restore: i % 5 == 2);
        }
    }

    private async Task JudgeAsync(Damage damage, bool restore)
    {
        var what = $"seed {_seed}: {damage.What}";
        var check = await _torture.CheckAsync();
        var verifier = _torture.NewVerifier();
        var found = check.Findings.ToList();
        var results = new Dictionary<string, VerifyResult>();
        foreach (var backup in _backups)
        {
            var isDeleted = damage.Objects.Any(o => IsManifestOf(backup.Id, o) && !File.Exists(Path.Combine(_torture.Location, o)));
            if (isDeleted)
            {
                Assert.Contains(found, f => f.Object.EndsWith(backup.Id, StringComparison.Ordinal) && f.Problem.Contains("missing", StringComparison.Ordinal));
                continue;
            }

            results[backup.Id] = await verifier.VerifyAsync(backup.Id, null, Cancel);
            found.AddRange(results[backup.Id].Findings);
        }

        foreach (var name in damage.Objects.Where(o => !o.StartsWith("manifests/", StringComparison.Ordinal) || File.Exists(Path.Combine(_torture.Location, o))))
        {
            Assert.True(found.Any(f => f.Object == name), $"{what}: {name} is not named; found were:\n{string.Join('\n', found)}");
        }

        foreach (var (id, result) in results)
        {
            AssertExact(what, damage, id, result);
            if (restore)
            {
                await RestoreAsync(what, damage, _backups.Single(b => b.Id == id), result);
            }
        }

        // The next process can open it, whatever is damaged.
        await (await _torture.OpenAsync()).DisposeAsync();
        _files.Undo(damage.Objects);
    }

    private static bool IsManifestOf(string backup, string name) => name.StartsWith("manifests/", StringComparison.Ordinal) && name.EndsWith(backup, StringComparison.Ordinal);

    /// <summary>A backup is blamed for an object if it needs it, and entries are named if they lose something.</summary>
    private void AssertExact(string what, Damage damage, string backup, VerifyResult result)
    {
        var expected = damage.Objects.Where(o => _oracle.Refers(backup, o) || IsManifestOf(backup, o)).Order(StringComparer.Ordinal);
        Assert.True(expected.SequenceEqual(result.Findings.Select(f => f.Object).Order(StringComparer.Ordinal)), $"{what}: {backup} finds\n{string.Join('\n', result.Findings)}");
        List<long> LostFrames(string pack) => [.. _oracle.FramesOf(pack).Where(f => damage.Lost(pack, f)).Select(f => f.Offset)];

        // Of an entry whose own description is lost nobody can say what else it lost.
        var unknown = damage.Objects.Where(o => _oracle.Refers(backup, o)).SelectMany(o => _oracle.ListedIn(backup, o, LostFrames(o))).ToHashSet(StringComparer.Ordinal);
        foreach (var finding in result.Findings.Where(f => f.Object.StartsWith("packs/", StringComparison.Ordinal)))
        {
            var lost = LostFrames(finding.Object);
            if (_oracle.ListedIn(backup, finding.Object, lost).Count > 0)
            {
                Assert.True(finding.AffectedEntryCount > 0, $"{what}: {finding}");
                continue;
            }

            var affected = _oracle.WithContentIn(backup, finding.Object, lost);
            affected.ExceptWith(unknown);
            Assert.True(
                finding.AffectedEntryCount == affected.Count && finding.AffectedEntries.Count == Math.Min(20, affected.Count) && affected.IsSupersetOf(finding.AffectedEntries),
                $"{what}: {backup}: {finding} names {string.Join(", ", finding.AffectedEntries)} instead of {string.Join(", ", affected)}");
        }
    }

    private async Task RestoreAsync(string what, Damage damage, BackupInfo backup, VerifyResult verified)
    {
        if (verified.Findings.Any(f => f.Object.StartsWith("manifests/", StringComparison.Ordinal)))
        {
            var e = await Assert.ThrowsAsync<DrException>(() => _torture.RestoreAsync(backup, _torture.At("nothing")));
            Assert.Equal(DrError.IntegrityFailure, e.Error);
            return;
        }

        var content = new HashSet<string>(StringComparer.Ordinal);
        var listed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var pack in damage.Objects.Where(o => _oracle.Refers(backup.Id, o)))
        {
            var lost = _oracle.FramesOf(pack).Where(f => damage.Lost(pack, f)).Select(f => f.Offset).ToList();
            content.UnionWith(_oracle.WithContentIn(backup.Id, pack, lost));
            listed.UnionWith(_oracle.ListedIn(backup.Id, pack, lost));
        }

        var target = _torture.At("restored");
        var result = await _torture.RestoreAsync(backup, target);
        var issues = result.Issues.Where(i => i.IsLoss).Select(i => i.Path).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(content.Count == 0 && listed.Count == 0, result.Passed);
        Assert.True(content.Where(p => !listed.Contains(p)).All(issues.Contains), $"{what}: {backup.Id} lost {string.Join(", ", content)} and names {string.Join(", ", issues)}");

        // Further names of a lost file are lost with it; they are named too. The rest is as it was.
        bool IsGone(string path) => content.Contains(path) || listed.Contains(path) || issues.Contains(path);
        var expected = new SortedDictionary<string, string>(_trees[backup.Id].Where(l => !IsGone(l.Key)).ToDictionary(), StringComparer.Ordinal);
        var actual = TreeDigest.Of(target, p => IsGone(p) || p == ".drtools-restore");
        if (listed.Count > 0)
        {
            // Permissions of folders that are made only because something in them was restored are lost with their entries.
            foreach (var implied in actual.Where(l => l.Value.StartsWith("folder", StringComparison.Ordinal)).Select(l => l.Key).ToList())
            {
                actual.Remove(implied);
                expected.Remove(implied);
            }
        }

        TreeDigest.AssertSame(expected, actual, $"{what}: {backup.Id}");
        Directory.Delete(target, recursive: true);
    }
}
