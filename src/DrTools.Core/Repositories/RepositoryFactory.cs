using DrTools.Repositories.Keys;
using DrTools.Repositories.Locks;
using DrTools.Stores;

namespace DrTools.Repositories;

/// <summary>Creates and opens repositories.</summary>
public sealed partial class RepositoryFactory
{
    private const int HeaderAttempts = 5;

    private readonly TimeProvider _time;
    private readonly int _iterations;
    private readonly RepositoryTuning _tuning;

    /// <summary>A factory by the system's clock.</summary>
    public RepositoryFactory()
        : this(TimeProvider.System, KeySlot.DefaultIterations)
    {
    }

    internal RepositoryFactory(TimeProvider time, int iterations, RepositoryTuning? tuning = null) =>
        (_time, _iterations, _tuning) = (time, iterations, tuning ?? RepositoryTuning.Default);

    /// <summary>Creates a repository at a location that holds none.</summary>
    /// <param name="location">A folder; it is created where it is missing.</param>
    /// <param name="credential">What shall open it.</param>
    /// <param name="place">On what medium and at which site it is.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.RepositoryExists"/>, or what the store says.</exception>
    public ValueTask<Repository> CreateAsync(string location, RepositoryCredential credential, RepositoryPlace place, CancellationToken cancellationToken) =>
        CreateAsync(location, credential, place, null, cancellationToken);

    /// <summary>Creates a repository whose objects are locked.</summary>
    /// <param name="location">Where; a store that can lock objects.</param>
    /// <param name="credential">What shall open it.</param>
    /// <param name="place">On what medium and at which site it is.</param>
    /// <param name="locks">How they are locked; <see langword="null"/> for not at all.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException">As above, and <see cref="DrError.BadUsage"/> where nothing can be locked.</exception>
    public async ValueTask<Repository> CreateAsync(string location, RepositoryCredential credential, RepositoryPlace place, LockPolicy? locks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(place);
        locks?.Validate();
        return await CreateAsync(ObjectStores.Open(location, create: true), credential, place, locks, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Creates a repository in a store, which it owns from now on.</summary>
    internal async ValueTask<Repository> CreateAsync(IObjectStore store, RepositoryCredential credential, RepositoryPlace place, LockPolicy? locks, CancellationToken cancellationToken)
    {
        try
        {
            if (locks is not null)
            {
                await RequireLocking(store).RequireLockingAsync(cancellationToken).ConfigureAwait(false);
            }

            await foreach (var stored in store.ListAsync(string.Empty, cancellationToken).ConfigureAwait(false))
            {
                throw Exists(store, stored.Name);
            }

            var now = _time.GetUtcNow();
            var id = Guid.NewGuid();
            var key = RepositoryKey.Generate();
            var header = new RepositoryHeader
            {
                RepositoryId = id,
                Generation = 1,
                CreatedAt = now,
                KeyChangedAt = now,
                KeySlots = [await WrapAsync(key, credential, id, cancellationToken).ConfigureAwait(false)],
                Medium = place.Medium,
                Site = place.Site,
                ObjectLockMode = locks?.Mode switch { null => null, ObjectLockMode.Compliance => "compliance", _ => "governance" },
                RetentionDays = locks?.RetentionDays ?? 0,
            };
            if (!await TryWriteAsync(store, header, key, cancellationToken).ConfigureAwait(false))
            {
                throw Exists(store, RepositoryHeader.ObjectName(header.Generation, RepositoryHeader.Copies[0]));
            }

            var repository = new Repository(store, header, header.KeySlots[0], key, _time, _tuning);
            if (repository.Locks is not null)
            {
                await repository.Locks.CoverHeaderAsync(header, cancellationToken).ConfigureAwait(false);
            }

            return repository;
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static ILockingStore RequireLocking(IObjectStore store) => store as ILockingStore ?? throw new DrException(
        DrError.BadUsage,
        $"Objects cannot be locked in {store.Location}.",
        "Choose a bucket that has Object Lock (s3://…), or create the repository without.");

    /// <summary>Opens a repository.</summary>
    /// <exception cref="DrException"><see cref="DrError.RepositoryMissing"/>, <see cref="DrError.WrongKey"/>,
    /// <see cref="DrError.KeyRequired"/>, <see cref="DrError.RepositoryNewerFormat"/> or
    /// <see cref="DrError.RepositoryHeaderDamaged"/>.</exception>
    public async ValueTask<Repository> OpenAsync(string location, RepositoryCredential credential, CancellationToken cancellationToken)
    {
        var store = ObjectStores.Open(location, create: false);
        try
        {
            var copies = await ReadHeaderAsync(store, cancellationToken).ConfigureAwait(false);
            var (copy, slot, key) = AsksService(copies, credential)
                ? await UnlockByServiceAsync(store, copies, credential, cancellationToken).ConfigureAwait(false)
                : Unlock(store, copies, credential);
            return new Repository(store, copy.Header, slot, key, _time, _tuning);
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens a repository on the caller's thread, as fast as that can be done: for a program that is started for
    /// every segment of a log.</summary>
    /// <exception cref="DrException">As <see cref="OpenAsync"/>.</exception>
    public Repository Open(string location, RepositoryCredential credential)
    {
        var store = ObjectStores.Open(location, create: false);
        if (store is not DirectoryStore folder)
        {
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
            return OpenAsync(location, credential, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }

        try
        {
            var copies = ReadHeader(folder);
            var (copy, slot, key) = AsksService(copies, credential)
                ? UnlockByServiceAsync(store, copies, credential, CancellationToken.None).GetAwaiter().GetResult()
                : Unlock(store, copies, credential);
            return new Repository(store, copy.Header, slot, key, _time, _tuning);
        }
        catch
        {
            folder.Close();
            throw;
        }
    }

    private static List<RepositoryHeaderCopy> ReadHeader(DirectoryStore store)
    {
        for (var attempt = 1; ; attempt++)
        {
            var selection = new HeaderSelection(store.Location);
            try
            {
                foreach (var name in store.ListNames(RepositoryHeader.Prefix))
                {
                    var content = new byte[RepositoryHeader.MaximumLength + 1];
                    var length = store.Read(name, 0, content);
                    selection.Add(name, content.AsSpan(0, length));
                }
            }
            catch (DrException e) when (e.Error == DrError.ObjectMissing && attempt < HeaderAttempts)
            {
                // A rotation has just put another generation in place of what was listed.
                continue;
            }

            return selection.Newest();
        }
    }

    /// <summary>The newest version of the format, which new repositories have.</summary>
    public static int NewestFormatVersion => RepositoryHeader.CurrentVersion;

    /// <summary>Raises the format of an opened repository to the newest version. Everything in it stays as it is; what
    /// only the newer format can hold may then be stored.</summary>
    /// <returns><see langword="false"/> when it has that version already.</returns>
    /// <exception cref="DrException"><see cref="DrError.ObjectExists"/> when somebody else replaced the header.</exception>
    public static async ValueTask<bool> UpgradeAsync(Repository repository, CancellationToken cancellationToken)
    {
        if (repository.FormatVersion >= RepositoryHeader.CurrentVersion)
        {
            return false;
        }

        var header = repository.Header with { Version = RepositoryHeader.CurrentVersion };
        await ReplaceHeaderAsync(repository, header, ReplacedMeanwhile, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Puts a header of a new generation in place of the one that the repository was opened with.</summary>
    private static async ValueTask ReplaceHeaderAsync(Repository repository, RepositoryHeader header, Func<IObjectStore, DrException> replacedMeanwhile, CancellationToken cancellationToken)
    {
        var old = repository.Header;
        var copies = await repository.Store.ListAllAsync(RepositoryHeader.Prefix, cancellationToken).ConfigureAwait(false);

        // Above every generation that was ever begun, be it one that was interrupted or is damaged.
        header = header with { Generation = Math.Max(old.Generation, copies.Max(c => RepositoryHeader.GenerationOf(c.Name)) ?? 0) + 1 };
        if (header.Generation > old.Generation + 1 && (await ReadHeaderAsync(repository.Store, cancellationToken).ConfigureAwait(false))[0].Header.Generation > old.Generation)
        {
            throw replacedMeanwhile(repository.Store);
        }

        if (header.Generation > RepositoryHeader.MaximumGeneration)
        {
            // No reader would find a header of that name, and the ones before it would be gone.
            throw new DrException(
                DrError.IntegrityFailure,
                $"No header can follow those of {repository.Location}: one with the last number has been put there.",
                "Run a verification, find out who put it there, and remove it.")
            { Subject = RepositoryHeader.Prefix };
        }

        if (!await TryWriteAsync(repository.Store, header, repository.Key, cancellationToken).ConfigureAwait(false))
        {
            throw replacedMeanwhile(repository.Store);
        }

        repository.Header = header;
        if (repository.Locks is not null)
        {
            await repository.Locks.CoverHeaderAsync(header, CancellationToken.None).ConfigureAwait(false);
        }

        foreach (var stored in await repository.Store.ListAllAsync(RepositoryHeader.Prefix, CancellationToken.None).ConfigureAwait(false))
        {
            if (RepositoryHeader.GenerationOf(stored.Name) < header.Generation)
            {
                await RemoveOutdatedAsync(repository.Store, stored.Name).ConfigureAwait(false);
            }
        }
    }

    private static async ValueTask RemoveOutdatedAsync(IObjectStore store, string name)
    {
        try
        {
            await store.DeleteAsync(name, CancellationToken.None).ConfigureAwait(false);
        }
        catch (DrException e) when (e.Error == DrError.ObjectLocked)
        {
            // The newest generation counts; the next one after the lock has ended takes this away.
        }
    }

    /// <returns><see langword="false"/> when one of its names is taken; nothing has changed then.</returns>
    private static async ValueTask<bool> TryWriteAsync(IObjectStore store, RepositoryHeader header, RepositoryKey key, CancellationToken cancellationToken)
    {
        var content = header.Serialize(key);
        var written = new List<string>();
        try
        {
            foreach (var name in RepositoryHeader.Copies.Select(c => RepositoryHeader.ObjectName(header.Generation, c)))
            {
                if (!await store.TryPutAsync(name, content, cancellationToken).ConfigureAwait(false))
                {
                    return false;
                }

                written.Add(name);
            }

            written.Clear();
            return true;
        }
        finally
        {
            // One copy is enough to count: whoever is told that it failed must find everything as it was.
            foreach (var name in written)
            {
                await store.DeleteAsync(name, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The whole copies of the newest generation that has any.</summary>
    private static async ValueTask<List<RepositoryHeaderCopy>> ReadHeaderAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var selection = new HeaderSelection(store.Location);
            try
            {
                foreach (var stored in await store.ListAllAsync(RepositoryHeader.Prefix, cancellationToken).ConfigureAwait(false))
                {
                    selection.Add(
                        stored.Name,
                        stored.Length <= RepositoryHeader.MaximumLength ? await store.ReadAllAsync(stored, RepositoryHeader.MaximumLength, cancellationToken).ConfigureAwait(false) : []);
                }
            }
            catch (DrException e) when (e.Error == DrError.ObjectMissing && attempt < HeaderAttempts)
            {
                // A rotation has just put another generation in place of what was listed.
                continue;
            }

            return selection.Newest();
        }
    }

    private static (RepositoryHeaderCopy Copy, KeySlot Slot, RepositoryKey Key) Unlock(IObjectStore store, List<RepositoryHeaderCopy> copies, RepositoryCredential credential)
    {
        RequireEncrypted(store, copies, credential);
        var isForged = false;
        foreach (var copy in copies)
        {
            foreach (var slot in copy.Header.KeySlots)
            {
                if (slot.TryUnwrap(credential, copy.Header.RepositoryId) is { } key)
                {
                    if (copy.IsAuthentic(key))
                    {
                        return (copy, slot, key);
                    }

                    key.Dispose();
                    isForged = true;
                }
            }
        }

        if (isForged)
        {
            throw Forged(store);
        }

        var kinds = KindsOf(copies[0].Header);
        throw credential.Kind == KeySlotKind.None
            ? new DrException(
                DrError.KeyRequired,
                $"The repository {store.Location} is encrypted and opens with a {kinds}; none was given.",
                "Give it with --passphrase-file or --key-file, in DRTOOLS_PASSPHRASE_FILE, or with -Passphrase.")
            : new DrException(
                DrError.WrongKey,
                $"The {credential.Word} does not open {store.Location}, which opens with a {kinds}.",
                credential.Kind == KeySlotKind.PublicKey
                    ? "Open it with the repository whose public key that is: drtools deposit recipient (Export-DrDepositRecipient) says which key a repository has."
                    : "Check for another keyboard layout, a trailing blank, or a rotation since the secret was noted.");
    }

    /// <summary>Whoever can write here can put a header of his own with an open key of his own: whoever has a secret must not be
    /// led to store his data under that one.</summary>
    private static void RequireEncrypted(IObjectStore store, List<RepositoryHeaderCopy> copies, RepositoryCredential credential)
    {
        if (credential.Kind != KeySlotKind.None && copies.Exists(c => !c.Header.IsEncrypted))
        {
            throw new DrException(
                DrError.WrongKey,
                $"The repository {store.Location} is not encrypted, but a {credential.Word} was given.",
                "If it was created unencrypted, open it without a secret. Otherwise its header has been replaced: put back that of a recovery kit (drtools kit).");
        }
    }

    private static string KindsOf(RepositoryHeader header) =>
        string.Join(" or ", header.KeySlots.Select(s => s.Kind switch { "key-file" => "key file", "kms" => "KMS key", KeySlot.PublicKeyKind => $"repository's key (public key {s.Recipient})", _ => s.Kind }).Distinct());

    private static DrException Forged(IObjectStore store) => new(
        DrError.IntegrityFailure,
        $"The header of {store.Location} was changed by someone without the key.",
        "Put back the header of a recovery kit (drtools kit) or of another copy of this repository.");

    private static DrException RotatedMeanwhile(IObjectStore store) => new(
        DrError.ObjectExists,
        $"The key of {store.Location} was wrapped anew by somebody else since this repository was opened.",
        "Open it again with the secret that they chose, and see whether the rotation is still wanted.");

    private static DrException ReplacedMeanwhile(IObjectStore store) => new(
        DrError.ObjectExists,
        $"The header of {store.Location} was replaced by somebody else since this repository was opened (its key was wrapped anew, or it was upgraded).",
        "Run it again.");

    private static DrException Exists(IObjectStore store, string name) => new(
        DrError.RepositoryExists,
        $"{store.Location} is not empty: it holds {name}.",
        "Choose an empty or new folder, or open the repository that is there.");
}
