using DrTools.Repositories.Records;
using DrTools.Repositories.Journal;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Leases;
using DrTools.Repositories.Locks;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Pins;
using DrTools.Stores;

namespace DrTools.Repositories;

/// <summary>
/// An opened repository: a store, the key that opens its objects, and the collections that it holds. Safe for several
/// threads. Create one with <see cref="RepositoryFactory"/>.
/// </summary>
public sealed class Repository : IAsyncDisposable
{
    internal Repository(IObjectStore store, RepositoryHeader header, KeySlot opener, RepositoryKey key, TimeProvider time, RepositoryTuning tuning)
    {
        (Store, Header, Opener, Key, Time, Tuning) = (store, header, opener, key, time, tuning);
        Manifests = new ManifestStore(this);
        Journal = new RunJournal(this);
        Leases = new LeaseStore(this);
        Pins = new PinStore(this);
        Drills = new RecordStore(this, RecordStore.Drills, EnvelopeKind.Drill);
        Actions = new RecordStore(this, RecordStore.Actions, EnvelopeKind.ActionEntry);
        if (header.Locks is { } policy && store is ILockingStore locking)
        {
            locking.LockNew(policy.Mode, policy.Period, LockPolicy.Covers);
            Locks = new RepositoryLocks(this, locking, policy);
        }
    }

    /// <summary>Its identity, the same for ever.</summary>
    public Guid Id => Header.RepositoryId;

    /// <summary>Where it is.</summary>
    public string Location => Store.Location;

    /// <summary>Whether a secret is needed to open it.</summary>
    public bool IsEncrypted => Header.IsEncrypted;

    /// <summary>On what medium and at which site it is, as its owner declared.</summary>
    public RepositoryPlace Place => new(Header.Medium, Header.Site);

    /// <summary>Whether its store keeps what is stored from being deleted, by anybody, for a time.</summary>
    public bool IsImmutable => Locks is not null;

    /// <summary>Version of its format.</summary>
    public int FormatVersion => Header.Version;

    /// <summary>When it was created, UTC.</summary>
    public DateTimeOffset CreatedAt => Header.CreatedAt;

    /// <summary>When its key was last wrapped anew, UTC.</summary>
    public DateTimeOffset KeyChangedAt => Header.KeyChangedAt;

    /// <summary>How its key is protected.</summary>
    public string KeyProtection => string.Join(", ", Header.KeySlots.Select(s => s.Kind));

    /// <summary>The secrets that open it.</summary>
    public IReadOnlyList<RepositoryKeyInfo> Keys =>
    [
        .. Header.KeySlots.Select(s => new RepositoryKeyInfo(
            s.Id,
            s.Kind switch { "none" => KeySlotKind.None, "passphrase" => KeySlotKind.Passphrase, "kms" => KeySlotKind.Kms, KeySlot.PublicKeyKind => KeySlotKind.PublicKey, _ => KeySlotKind.KeyFile },
            s.Label,
            s.AddedAt,
            s.Id == Opener.Id)
        { KmsKey = s.Service }),
    ];

    /// <summary>How its objects are locked; <see langword="null"/> when they are not.</summary>
    public LockPolicy? LockPolicy => Header.Locks;

    /// <summary>The record of everything that was done.</summary>
    public RunJournal Journal { get; }

    internal IObjectStore Store { get; }

    internal RepositoryHeader Header { get; set; }

    /// <summary>What it was opened with.</summary>
    internal KeySlot Opener { get; set; }

    internal RepositoryKey Key { get; }

    internal TimeProvider Time { get; }

    internal RepositoryTuning Tuning { get; }

    internal ManifestStore Manifests { get; }

    internal LeaseStore Leases { get; }

    internal PinStore Pins { get; }

    /// <summary>Results of drills.</summary>
    internal RecordStore Drills { get; }

    /// <summary>What people say of improvement actions.</summary>
    internal RecordStore Actions { get; }

    /// <summary><see langword="null"/> when objects are not locked: by the policy, or because they now lie where that is not
    /// possible.</summary>
    internal RepositoryLocks? Locks { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Key.Dispose();
        await Store.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary><see cref="DisposeAsync"/> on the caller's thread.</summary>
    public void Close()
    {
        Key.Dispose();
        if (Store is DirectoryStore folder)
        {
            folder.Close();
        }
        else
        {
            Store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>Refuses what a repository of an older format cannot hold.</summary>
    /// <param name="version">The version that is needed.</param>
    /// <param name="what">What needs it, as the start of a sentence.</param>
    /// <exception cref="DrException"><see cref="DrError.RepositoryOlderFormat"/>.</exception>
    public void RequireFormat(int version, string what)
    {
        if (FormatVersion < version)
        {
            throw new DrException(
                DrError.RepositoryOlderFormat,
                $"{what} needs a repository of format version {version}; {Location} has version {FormatVersion}.",
                "Upgrade it (drtools upgrade, Update-DrRepository): that changes its header alone and takes a moment, and older programs then refuse it. Or choose another repository.")
            { Subject = Location };
        }
    }

    /// <summary>What has gone to and come from the store since an earlier reading; <see langword="null"/> where requests
    /// are not what a store costs.</summary>
    internal StoreTraffic? TrafficSince(StoreTraffic? earlier) => Store.Traffic is { } now ? earlier is null ? now : now.Since(earlier) : null;

    internal byte[] Seal(EnvelopeKind kind, string name, ReadOnlySpan<byte> content) => Envelope.Seal(Key, Id, kind, name, content);

    /// <summary>Reads and opens a sealed object as a whole.</summary>
    internal async ValueTask<byte[]> OpenAsync(EnvelopeKind kind, StoredObject stored, CancellationToken cancellationToken)
    {
        for (var look = 1; ; look++)
        {
            try
            {
                return Envelope.Open(Key, Id, kind, stored.Name, await Store.ReadAllAsync(stored, Envelope.MaximumLength(kind), cancellationToken).ConfigureAwait(false));
            }
            catch (DrException e) when (e.Error == DrError.IntegrityFailure && look < Looks)
            {
                Store.Distrust(stored.Name);
            }
        }
    }

    /// <summary>How often something is read before it counts as damaged: what came over a network may have been damaged on
    /// its way.</summary>
    internal int Looks => Store.IsRemote ? 3 : 1;
}
