using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Sources;
using DrTools.Stores;

namespace DrTools.Deposits;

/// <summary>
/// Takes backups on a host that may store and do nothing else: it has a public key and no secret, and needs no right to read,
/// list or delete. Each backup becomes a deposit, a repository of its own with a random key that is sealed for the recipient and
/// then forgotten. See <c>docs/deposits.md</c>.
/// </summary>
/// <param name="location">Where deposits go: a folder, or a place in a bucket (<c>s3://bucket/prefix?…</c>).</param>
/// <param name="recipient">Who can open them.</param>
public sealed class DepositWriter(string location, DepositRecipient recipient)
{
    /// <summary>One request each, so that nothing can be left half uploaded.</summary>
    private const int PackLength = 14 << 20;

    private readonly TimeProvider _time = TimeProvider.System;

    internal DepositWriter(string location, DepositRecipient recipient, TimeProvider time)
        : this(location, recipient) => _time = time;

    /// <summary>Takes a full backup of a source as a deposit.</summary>
    /// <param name="source">The source.</param>
    /// <param name="options">How; the type does not count, because nothing that was deposited before can be built on.</param>
    /// <param name="progress">Takes reports.</param>
    /// <param name="cancellationToken">Stops it. What was stored by then is no backup.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>, and whatever the source or the store says.</exception>
    public async Task<DepositResult> RunAsync(ISource source, BackupOptions options, IProgress<BackupProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        DepositPlace.RequireHost(options.Host);
        var id = BackupId.New(_time.GetUtcNow());
        var place = DepositPlace.Below(location, options.Host, id);
        var target = ObjectStores.Open(place, create: true);
        target.ForgoReading();
        var store = new DepositStore(target, _time);
        var factory = new RepositoryFactory(_time, KeySlot.DefaultIterations, new RepositoryTuning { PackLength = PackLength });
        using var credential = RepositoryCredential.ForRecipient(recipient);
        var repository = await factory.CreateAsync(store, credential, new RepositoryPlace(null, null), null, cancellationToken).ConfigureAwait(false);
        await using (repository.ConfigureAwait(false))
        {
            var result = await new BackupEngine(repository).RunAsync(source, options with { Type = BackupType.Full }, progress, cancellationToken).ConfigureAwait(false);
            return new DepositResult
            {
                DepositId = id,
                Location = place,
                Recipient = recipient.Fingerprint,
                Objects = store.Count,
                Backup = result.Backup,
                Issues = result.Issues,
                Notes = result.Notes,
            };
        }
    }
}
