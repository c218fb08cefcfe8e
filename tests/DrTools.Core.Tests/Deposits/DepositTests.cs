using DrTools.Backup;
using DrTools.Deposits;
using DrTools.Expiry;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Restore;
using DrTools.Retention;
using DrTools.Sources;
using DrTools.Stores;
using Xunit;

namespace DrTools.Tests.Deposits;

/// <summary>Backups of hosts that have a public key and no secret.</summary>
public sealed class DepositTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("drtools-test-deposit-").FullName;
    private Repository _repository = null!;
    private DepositRecipient _recipient = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Inbox => Path.Combine(_folder, "inbox");

    private string Tree => Path.Combine(_folder, "tree");

    public async ValueTask InitializeAsync()
    {
        _repository = await CreateAsync("repository");
        _recipient = DepositRecipient.Of(_repository);
        Directory.CreateDirectory(Path.Combine(Tree, "sub"));
        for (var i = 0; i < 40; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(Tree, i % 2 == 0 ? "sub" : ".", $"file-{i}.txt"), string.Concat(Enumerable.Repeat($"line {i}\n", 500 * i)), Cancel);
        }

        var large = new byte[33 << 20];
        new Random(7).NextBytes(large);
        await File.WriteAllBytesAsync(Path.Combine(Tree, "large"), large, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _repository.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_a_host_without_a_secret_deposited_comes_back_from_the_repository()
    {
        var deposited = await DepositAsync();
        Assert.Equal((BackupType.Full, 41L), (deposited.Backup.Type, deposited.Backup.Files));
        Assert.All(Stored(), file => Assert.True(new FileInfo(file).Length < 17 << 20, $"{file} is too large for one request."));
        Assert.DoesNotContain(Stored(), file => file.Contains("/leases/", StringComparison.Ordinal));

        var waiting = Assert.Single(await new DepositInbox(Inbox).ListAsync(_repository, null, Cancel));
        Assert.Equal((deposited.DepositId, "web1", true, false), (waiting.Id, waiting.Host, waiting.IsComplete, waiting.IsReceived));
        Assert.Equal((Stored().Count, Stored().Sum(f => new FileInfo(f).Length)), (waiting.Objects, waiting.Bytes));

        var planned = Assert.Single(await ReceiveAsync(new ReceiveOptions { DryRun = true }));
        Assert.Equal(DepositOutcome.ToReceive, planned.Outcome);
        Assert.Empty(await ListAsync());

        var before = Stored();
        var received = Assert.Single(await ReceiveAsync());
        Assert.Equal((DepositOutcome.Received, false, null), (received.Outcome, received.IsRemoved, received.Problem));
        Assert.Equal(before, Stored());
        var backup = Assert.Single(await ListAsync());
        Assert.Equal((deposited.Backup.Id, "web1", "files:" + Tree, 1L), (backup.Id, backup.Host, backup.Source, backup.Sequence));
        Assert.Equal(waiting.Location, backup.CopiedFrom!.Location);
        Assert.Equal(DepositOutcome.AlreadyThere, Assert.Single(await ReceiveAsync()).Outcome);

        // The inbox may burn now.
        Directory.Delete(Inbox, recursive: true);
        await AssertRestoresAsync(_repository, backup);
    }

    [Fact]
    public async Task It_is_a_repository_and_can_be_restored_from_at_once()
    {
        var deposited = await DepositAsync();
        using var owner = RepositoryCredential.FromOwner(_repository);
        await using var deposit = await new RepositoryFactory().OpenAsync(deposited.Location, owner, Cancel);
        await AssertRestoresAsync(deposit, deposited.Backup);
    }

    [Fact]
    public async Task Neither_the_public_key_nor_another_repository_opens_it()
    {
        var deposited = await DepositAsync();
        await using var other = await CreateAsync("other");
        using var public_ = RepositoryCredential.ForRecipient(_recipient);
        using var foreign = RepositoryCredential.FromOwner(other);
        using var passphrase = RepositoryCredential.FromPassphrase("horse battery");
        foreach (var credential in (RepositoryCredential[])[public_, foreign, passphrase, RepositoryCredential.None])
        {
            var e = await Assert.ThrowsAsync<DrException>(async () => await new RepositoryFactory().OpenAsync(deposited.Location, credential, Cancel));
            Assert.True(e.Error is DrError.WrongKey or DrError.KeyRequired, e.ToString());
            Assert.Contains(_recipient.Fingerprint, e.Message, StringComparison.Ordinal);
        }

        var refused = Assert.Single(await CollectAsync(new DepositReceiver(other, Inbox), new ReceiveOptions { Remove = true }));
        Assert.Equal((DepositOutcome.Refused, DrError.WrongKey, false), (refused.Outcome, refused.Error!.Error, refused.IsRemoved));
        Assert.Contains("Open it with the repository whose public key that is", refused.Error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_place_that_is_not_there_is_no_empty_one()
    {
        var e = await Assert.ThrowsAsync<DrException>(() => ReceiveAsync());
        Assert.Equal(DrError.RepositoryMissing, e.Error);
        Assert.Contains("There are no deposits at " + Inbox, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_history_of_deposits_is_one_of_the_repository()
    {
        await DepositAsync();
        await ReceiveAsync(new ReceiveOptions { Remove = true });
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Inbox, "web1")));
        await File.WriteAllTextAsync(Path.Combine(Tree, "new"), "new", Cancel);
        await DepositAsync();
        await DepositAsync();
        Assert.Equal([true, true], (await ReceiveAsync(new ReceiveOptions { Remove = true })).Select(r => r.IsRemoved));
        Assert.Equal([1, 2, 3], (await ListAsync()).Select(b => b.Sequence));

        // What retention removed does not come back with the next run, though it still lies there.
        await DepositAsync();
        await ReceiveAsync();
        await new ExpiryEngine(_repository).RunAsync(new ExpiryOptions { Policy = RetentionPolicy.Parse(["last=1"]) }, Cancel);
        var last = Assert.Single(await ListAsync());
        Assert.Equal(4, last.Sequence);
        await DepositAsync();
        await ReceiveAsync();
        await new ExpiryEngine(_repository).RunAsync(new ExpiryOptions { Policy = RetentionPolicy.Parse(["last=1"]) }, Cancel);
        Assert.Equal([DepositOutcome.AlreadyThere, DepositOutcome.AlreadyThere], (await ReceiveAsync()).Select(r => r.Outcome));
        Assert.Equal(5, Assert.Single(await ListAsync()).Sequence);
    }

    [Fact]
    public async Task A_host_that_suddenly_deposits_noise_is_told_of()
    {
        for (var day = 0; day < 4; day++)
        {
            await DepositAsync(exclude: "large");
            Assert.Null(Assert.Single(Assert.Single(await ReceiveAsync(new ReceiveOptions { Remove = true })).Backups).Unusual);
        }

        foreach (var file in Directory.EnumerateFiles(Tree, "*.txt", SearchOption.AllDirectories))
        {
            var noise = new byte[new FileInfo(file).Length];
            Random.Shared.NextBytes(noise);
            await File.WriteAllBytesAsync(file, noise, Cancel);
        }

        await DepositAsync(exclude: "large");
        var received = Assert.Single(await ReceiveAsync());
        Assert.Contains("Encrypted files look like that", Assert.Single(Assert.Single(received.Backups).Unusual!), StringComparison.Ordinal);
        Assert.Contains(await _repository.Journal.ReadAsync(100, Cancel), r => r.Unusual is { Count: 1 });
    }

    [Fact]
    public async Task A_host_cannot_speak_for_another()
    {
        // Its credentials let it write below its own name only; what it writes there says that it is of another host.
        var deposited = await DepositAsync();
        Directory.Move(Path.Combine(Inbox, "web1"), Path.Combine(Inbox, "web2"));
        var refused = Assert.Single(await ReceiveAsync(new ReceiveOptions { Remove = true }));
        Assert.Equal((DepositOutcome.Refused, DrError.IntegrityFailure, false), (refused.Outcome, refused.Error!.Error, refused.IsRemoved));
        Assert.Contains("the host web1, and lies in the folder of web2", refused.Problem, StringComparison.Ordinal);
        Assert.Empty(await ListAsync());
        Assert.NotEmpty(deposited.Backup.Id);
    }

    [Fact]
    public async Task A_damaged_one_is_refused_and_the_others_are_received()
    {
        var damaged = await DepositAsync();
        await DepositAsync();
        var pack = Stored().Where(f => f.Contains(damaged.DepositId, StringComparison.Ordinal) && f.Contains("/packs/", StringComparison.Ordinal)).MaxBy(f => new FileInfo(f).Length)!;
        var content = await File.ReadAllBytesAsync(pack, Cancel);
        content[content.Length / 2] ^= 1;
        File.SetAttributes(pack, FileAttributes.Normal);
        await File.WriteAllBytesAsync(pack, content, Cancel);
        var received = await ReceiveAsync();
        Assert.Equal([DepositOutcome.Received, DepositOutcome.Refused], received.Select(r => r.Outcome).Order());
        Assert.Contains("large", received.Single(r => r.Deposit.Id == damaged.DepositId).Problem, StringComparison.Ordinal);
        await AssertRestoresAsync(_repository, Assert.Single(await ListAsync()));
    }

    [Fact]
    public async Task One_that_was_not_finished_is_no_backup_and_goes_after_a_week()
    {
        await DepositAsync();
        var manifest = Assert.Single(Stored(), f => f.Contains("/manifests/", StringComparison.Ordinal));
        File.Delete(manifest);
        Assert.Equal((DepositOutcome.Unfinished, false), Outcome(Assert.Single(await ReceiveAsync(new ReceiveOptions { Remove = true }))));
        foreach (var file in Stored())
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow - DepositReceiver.UnfinishedAfter - TimeSpan.FromHours(1));
        }

        Assert.Equal((DepositOutcome.Unfinished, true), Outcome(Assert.Single(await ReceiveAsync(new ReceiveOptions { Remove = true }))));
        Assert.Empty(Stored());
        Assert.Empty(await ListAsync());

        static (DepositOutcome Outcome, bool IsRemoved) Outcome(ReceivedDeposit received) => (received.Outcome, received.IsRemoved);
    }

    [Fact]
    public async Task A_store_of_which_nothing_may_be_asked_is_asked_nothing()
    {
        await using var store = new DepositStore(new PutOnlyStore(DirectoryStore.Open(Path.Combine(_folder, "put-only"), create: true)), TimeProvider.System);
        using var credential = RepositoryCredential.ForRecipient(_recipient);
        var repository = await new RepositoryFactory().CreateAsync(store, credential, RepositoryPlace.Undeclared, null, Cancel);
        var result = await new BackupEngine(repository).RunAsync(SourceRegistry.Parse("files:" + Tree), new BackupOptions { Host = "web1", Type = BackupType.Full }, null, Cancel);
        Assert.Equal(41, result.Backup.Files);
        Assert.Empty(result.Notes);
    }

    [Fact]
    public async Task The_recipient_is_a_file_that_is_believed_only_when_it_is_whole()
    {
        var path = Path.Combine(_folder, "recipient.json");
        _recipient.Write(path);
        Assert.Equal(_recipient, DepositRecipient.Read(path));
        Assert.Equal(_recipient, DepositRecipient.Of(_repository));
        Assert.Throws<DrException>(() => _recipient.Write(path));

        var text = await File.ReadAllTextAsync(path, Cancel);
        foreach (var wrong in (string[])[string.Empty, "{}", "[1", text.Replace(_recipient.Fingerprint, "0000000000000000", StringComparison.Ordinal), text.Replace("\"version\": 1", "\"version\": 2", StringComparison.Ordinal), text.Replace("\"publicKey\": \"B", "\"publicKey\": \"C", StringComparison.Ordinal), new string(' ', 5000)])
        {
            Assert.NotEqual(text, wrong);
            await File.WriteAllTextAsync(path, wrong, Cancel);
            Assert.Equal(DrError.BadUsage, Assert.Throws<DrException>(() => DepositRecipient.Read(path)).Error);
        }

        Assert.Equal(DrError.BadUsage, Assert.Throws<DrException>(() => DepositRecipient.Read(path + "x")).Error);
        await using var open = await new RepositoryFactory().CreateAsync(Path.Combine(_folder, "open"), RepositoryCredential.None, Cancel);
        Assert.Equal(DrError.BadUsage, Assert.Throws<DrException>(() => DepositRecipient.Of(open)).Error);
        Assert.Equal(DrError.BadUsage, (await Assert.ThrowsAsync<DrException>(() => DepositAsync("../web1"))).Error);
    }

    [Theory]
    [InlineData("s3://bucket/inbox?region=eu&profile=x", "s3://bucket/inbox/web1/id?region=eu&profile=x")]
    [InlineData("s3://bucket?region=eu", "s3://bucket/web1/id?region=eu")]
    [InlineData("s3://bucket/a/", "s3://bucket/a/web1/id")]
    [InlineData("/mnt/inbox", "/mnt/inbox/web1/id")]
    public void Deposits_lie_below_the_location(string location, string expected) => Assert.Equal(expected, DepositPlace.Below(location, "web1", "id"));

    private async Task<Repository> CreateAsync(string name)
    {
        using var credential = RepositoryCredential.FromPassphrase("horse battery");
        return await new RepositoryFactory(TimeProvider.System, iterations: 1000).CreateAsync(Path.Combine(_folder, name), credential, RepositoryPlace.Undeclared, Cancel);
    }

    private Task<DepositResult> DepositAsync(string host = "web1", string? exclude = null) => new DepositWriter(Inbox, _recipient).RunAsync(
        SourceRegistry.Parse("files:" + Tree, new SourceOptions { Exclude = exclude is null ? [] : [exclude] }),
        new BackupOptions { Host = host, Type = BackupType.Incremental },
        null,
        Cancel);

    private Task<List<ReceivedDeposit>> ReceiveAsync(ReceiveOptions? options = null) => CollectAsync(new DepositReceiver(_repository, Inbox), options ?? new ReceiveOptions());

    private static async Task<List<ReceivedDeposit>> CollectAsync(DepositReceiver receiver, ReceiveOptions options)
    {
        var result = new List<ReceivedDeposit>();
        await foreach (var received in receiver.RunAsync(options, null, Cancel))
        {
            result.Add(received);
        }

        return result;
    }

    private ValueTask<IReadOnlyList<BackupInfo>> ListAsync() => new BackupCatalog(_repository).ListAsync(new BackupFilter(), Cancel);

    private List<string> Stored() => [.. Directory.EnumerateFiles(Inbox, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private async Task AssertRestoresAsync(Repository repository, BackupInfo backup)
    {
        var target = Path.Combine(_folder, "restored-" + Guid.NewGuid().ToString("n"));
        await new RestoreEngine(repository).RestoreAsync(backup, target, new RestoreOptions(), null, Cancel);
        var names = Directory.EnumerateFiles(Tree, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Tree, f)).ToList();
        Assert.Equal(names.Count, Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories).Count());
        Assert.All(names, n => Assert.True(File.ReadAllBytes(Path.Combine(Tree, n)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(target, n))), n));
    }

    private sealed class PutOnlyStore(IObjectStore store) : IObjectStore
    {
        public string Location => store.Location;

        public ValueTask<ObjectWriter> CreateAsync(string name, CancellationToken cancellationToken) => store.CreateAsync(name, cancellationToken);

        public ValueTask<bool> TryPutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => store.TryPutAsync(name, content, cancellationToken);

        public ValueTask<int> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellationToken) => throw new UnauthorizedAccessException("read " + name);

        public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => throw new UnauthorizedAccessException("list " + prefix);

        public ValueTask<bool> DeleteAsync(string name, CancellationToken cancellationToken) => throw new UnauthorizedAccessException("delete " + name);

        public ValueTask DisposeAsync() => store.DisposeAsync();
    }
}
