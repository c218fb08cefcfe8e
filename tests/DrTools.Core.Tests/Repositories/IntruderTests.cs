using DrTools.Backup;
using DrTools.Expiry;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Leases;
using DrTools.Retention;
using DrTools.Sources;
using DrTools.Tests.Stores;
using DrTools.Verification;
using Xunit;

namespace DrTools.Tests.Repositories;

/// <summary>Someone who can write to the store, and does not have the key.</summary>
public sealed class IntruderTests : IAsyncLifetime
{
    private readonly ScratchFolder _folder = new();
    private readonly RepositoryCredential _passphrase = RepositoryCredential.FromPassphrase("secret");
    private Repository _repository = null!;

    public async ValueTask InitializeAsync() =>
        _repository = await new RepositoryFactory(TimeProvider.System, 1000).CreateAsync(At("repo"), _passphrase, Token);

    public async ValueTask DisposeAsync()
    {
        await _repository.DisposeAsync();
        _passphrase.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_last_number_of_the_journal_stops_neither_verification_nor_time()
    {
        await AppendAsync();
        await WriteAsync("journal/9999999999", [1]);
        var e = await Assert.ThrowsAsync<DrException>(AppendAsync);
        Assert.Equal(DrError.IntegrityFailure, e.Error);
        Assert.Contains("There is no number left in journal/", e.Message, StringComparison.Ordinal);
        Assert.Equal(
            [("journal/0000000002", "the records 2 to 9999999998 are missing from the journal"), ("journal/9999999999", "the record is damaged")],
            await _repository.Journal.VerifyAsync(new Dictionary<long, string>(), _ => { }, Token));
    }

    [Theory]
    [InlineData("Thumbs.db")]
    [InlineData("10000000000")]
    [InlineData("99999999999999999999")]
    [InlineData("zzz")]
    public async Task A_stray_object_in_the_journal_is_passed_over_and_named(string name)
    {
        await AppendAsync();
        await WriteAsync($"journal/{name}", [1]);
        await AppendAsync();
        Assert.Equal([1, 2], (await _repository.Journal.ReadAsync(10, Token)).Select(r => r.Sequence));
        Assert.Equal([($"journal/{name}", "it does not belong in the journal")], await _repository.Journal.VerifyAsync(new Dictionary<long, string>(), _ => { }, Token));
    }

    [Fact]
    public async Task A_record_that_was_replaced_cut_off_or_swapped_is_found()
    {
        for (var i = 0; i < 4; i++)
        {
            await AppendAsync();
        }

        var (sequence, hash) = await _repository.Journal.ReadHeadAsync(Token);
        var anchors = new Dictionary<long, string> { [sequence] = hash };
        Assert.Empty(await _repository.Journal.VerifyAsync(anchors, _ => { }, Token));

        // The same number sealed anew, by one who has the key: the next record does not follow from it.
        File.Delete(At("repo/journal/0000000002"));
        var third = await File.ReadAllBytesAsync(At("repo/journal/0000000003"), Token);
        var forged = _repository.Seal(EnvelopeKind.JournalRecord, "journal/0000000002", "{}"u8);
        await WriteAsync("journal/0000000002", forged);
        Assert.Contains(await _repository.Journal.VerifyAsync(anchors, _ => { }, Token), p => p.Name == "journal/0000000003");

        await WriteAsync("journal/0000000002", third);
        Assert.Contains(await _repository.Journal.VerifyAsync(anchors, _ => { }, Token), p => p is { Name: "journal/0000000002", Problem: "the record is damaged" });

        File.Delete(At("repo/journal/0000000004"));
        Assert.Contains(await _repository.Journal.VerifyAsync(anchors, _ => { }, Token), p => p is { Name: "journal/0000000004", Problem: "the journal ends before a record that a backup vouches for" });
    }

    [Fact]
    public async Task A_record_that_is_authentic_and_makes_no_sense_is_named()
    {
        await WriteAsync("journal/0000000001", _repository.Seal(EnvelopeKind.JournalRecord, "journal/0000000001", "{\"outcome\":\"Odd\"}"u8));
        var e = await Assert.ThrowsAsync<DrException>(() => _repository.Journal.ReadAsync(1, Token).AsTask());
        Assert.Equal((DrError.IntegrityFailure, "journal/0000000001"), (e.Error, e.Subject));
    }

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("99999999999")]
    [InlineData("-1")]
    public async Task A_stray_object_beside_a_lease_does_not_let_two_hold_it(string name)
    {
        await WriteAsync($"leases/s/{name}", [1]);
        await using var lease = await _repository.Leases.AcquireAsync("s", LeaseRecord.For("test"), Token);
        var e = await Assert.ThrowsAsync<DrException>(() => _repository.Leases.AcquireAsync("s", LeaseRecord.For("test"), Token).AsTask());
        Assert.Equal(DrError.LeaseHeld, e.Error);
    }

    [Fact]
    public async Task A_lease_of_another_scope_is_no_lease_here()
    {
        await using (await _repository.Leases.AcquireAsync("s", LeaseRecord.For("test"), Token))
        {
            Directory.CreateDirectory(At("repo/leases/t"));
            File.Copy(At("repo/leases/s/0000000001"), At("repo/leases/t/0000000001"));
        }

        var e = await Assert.ThrowsAsync<DrException>(() => _repository.Leases.AcquireAsync("t", LeaseRecord.For("test"), Token).AsTask());
        Assert.Equal(DrError.IntegrityFailure, e.Error);
    }

    [Fact]
    public async Task Objects_larger_than_any_of_their_kind_are_not_read()
    {
        await WriteAsync("pins/x", []);
        await using (var file = File.OpenWrite(At("repo/pins/x")))
        {
            file.SetLength(1L << 40);
        }

        Assert.Contains("x", (await _repository.Pins.ListAsync(Token)).Keys);
    }

    [Fact]
    public async Task A_stray_object_among_the_manifests_stops_only_what_removes()
    {
        var backup = await BackupAsync(BackupType.Full);
        var manifest = Directory.GetFiles(At("repo/manifests"), "*", SearchOption.AllDirectories).Single();
        await File.WriteAllTextAsync(manifest + ".bak", "x", Token);
        await File.WriteAllTextAsync(At("repo/manifests/Thumbs.db"), "x", Token);
        await File.WriteAllTextAsync(Path.Join(Path.GetDirectoryName(manifest), "Thumbs.db"), "x", Token);

        // By its name the first is the manifest of a backup of that id, and damaged.
        var catalog = new BackupCatalog(_repository);
        Assert.Equal([backup.Id], (await catalog.ListAsync(new BackupFilter(), Token, _ => { })).Select(b => b.Id));
        await BackupAsync(BackupType.Incremental);
        var options = new ExpiryOptions { Policy = new RetentionPolicy { Rules = [new RetentionRule { KeepLast = 1 }] } };
        var e = await Assert.ThrowsAsync<DrException>(() => new ExpiryEngine(_repository).RunAsync(options, Token));
        Assert.Equal(DrError.IntegrityFailure, e.Error);
        var check = await new VerificationEngine(_repository, new VerifyOptions()).CheckRepositoryAsync(Token);
        Assert.Equal(3, check.Findings.Count);
    }

    [Fact]
    public async Task The_last_number_of_a_source_is_refused_before_a_backup_that_nobody_would_find()
    {
        await BackupAsync(BackupType.Full);
        var folder = Directory.GetDirectories(At("repo/manifests")).Single();
        await File.WriteAllTextAsync(Path.Join(folder, "99999999-F-x"), "x", Token);
        var e = await Assert.ThrowsAsync<DrException>(() => BackupAsync(BackupType.Full));
        Assert.Contains("No backup can follow", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manifest_under_another_name_is_refused()
    {
        await BackupAsync(BackupType.Full);
        var manifest = Directory.GetFiles(At("repo/manifests"), "*", SearchOption.AllDirectories).Single();
        File.Move(manifest, manifest.Replace("00000001-F", "00000002-F", StringComparison.Ordinal));
        var e = await Assert.ThrowsAsync<DrException>(() => new BackupCatalog(_repository).ListAsync(new BackupFilter(), Token).AsTask());
        Assert.Equal(DrError.IntegrityFailure, e.Error);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string At(string name) => Path.Join(_folder.Path, name);

    private Task AppendAsync()
    {
        var now = DateTimeOffset.UtcNow;
        return _repository.Journal.AppendAsync(new RunRecord { Operation = "test", Outcome = RunOutcome.Succeeded, Started = now, Finished = now }, Token).AsTask();
    }

    private async Task<BackupInfo> BackupAsync(BackupType type)
    {
        Directory.CreateDirectory(At("tree"));
        await File.WriteAllTextAsync(At("tree/file"), "content", Token);
        var source = SourceRegistry.Parse($"files:{At("tree")}");
        return (await new BackupEngine(_repository).RunAsync(source, new BackupOptions { Type = type }, null, Token)).Backup;
    }

    private Task WriteAsync(string name, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At($"repo/{name}"))!);
        return File.WriteAllBytesAsync(At($"repo/{name}"), content, Token);
    }
}
