using System.Globalization;
using System.Text.Json;
using DrTools.Stores;

namespace DrTools.Repositories.Leases;

/// <summary>
/// Leases: one holder at a time for each scope. A lease is a series of objects <c>leases/SCOPE/NNNNNNNNNN</c>, each
/// created conditionally and never changed; the one with the highest number counts. Renewing and taking over both
/// create the next number, so of a holder that renews and another that takes over exactly one succeeds.
/// </summary>
internal sealed class LeaseStore(Repository repository)
{
    public const string Prefix = "leases/";

    /// <summary>How long a lease lasts without being renewed.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromMinutes(10);

    /// <summary>Takes a lease.</summary>
    /// <exception cref="DrException"><see cref="DrError.LeaseHeld"/> naming the holder.</exception>
    public async ValueTask<Lease> AcquireAsync(string scope, LeaseRecord wanted, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var held = await ReadScopeAsync(scope, cancellationToken).ConfigureAwait(false);
            foreach (var (_, record) in held)
            {
                ThrowIfLive(record);
            }

            var number = held.Count == 0 ? 1 : held[^1].Number + 1;
            var record2 = Stamp(wanted);
            if (await TryPutAsync(scope, number, record2, cancellationToken).ConfigureAwait(false))
            {
                // Another may have created a different number at the same moment; then neither may go on.
                var rivals = (await ReadScopeAsync(scope, cancellationToken).ConfigureAwait(false))
                    .Where(l => l.Record is null || l.Record.Token != wanted.Token)
                    .ToList();
                var rival = rivals.FirstOrDefault(r => r.Record is not null && IsLive(r.Record));
                if (rival.Record is null)
                {
                    foreach (var stale in rivals)
                    {
                        await repository.Store.DeleteAsync(ObjectName(scope, stale.Number), cancellationToken).ConfigureAwait(false);
                    }

                    return new Lease(this, scope, number, record2, rivals.LastOrDefault().Record);
                }

                await repository.Store.DeleteAsync(ObjectName(scope, number), cancellationToken).ConfigureAwait(false);
                if (attempt >= 3)
                {
                    throw Held(rival.Record);
                }
            }

            if (attempt >= 10)
            {
                throw new DrException(
                    DrError.LeaseHeld,
                    $"The lease {scope} of {repository.Location} is fought over by several processes.",
                    "Run one of them at a time.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20 + Random.Shared.Next(80 << Math.Min(attempt, 4))), repository.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Every live lease.</summary>
    public async ValueTask<List<LeaseRecord>> ListLiveAsync(CancellationToken cancellationToken)
    {
        var live = new List<LeaseRecord>();
        await foreach (var stored in repository.Store.ListAsync(Prefix, cancellationToken).ConfigureAwait(false))
        {
            if (await ReadAsync(stored, cancellationToken).ConfigureAwait(false) is { } record && IsLive(record))
            {
                live.Add(record);
            }
        }

        return live;
    }

    internal static string ObjectName(string scope, long number) => $"{Prefix}{scope}/{number:D10}";

    internal async ValueTask<bool> TryPutAsync(string scope, long number, LeaseRecord record, CancellationToken cancellationToken)
    {
        var name = ObjectName(scope, number);
        var content = repository.Seal(EnvelopeKind.Lease, name, JsonSerializer.SerializeToUtf8Bytes(record, RepositoryJson.Default.LeaseRecord));
        return await repository.Store.TryPutAsync(name, content, cancellationToken).ConfigureAwait(false);
    }

    internal ValueTask<bool> DeleteAsync(string scope, long number, CancellationToken cancellationToken) =>
        repository.Store.DeleteAsync(ObjectName(scope, number), cancellationToken);

    internal TimeProvider Time => repository.Time;

    internal LeaseRecord Stamp(LeaseRecord record)
    {
        var now = repository.Time.GetUtcNow();
        return record with { AcquiredAt = now, ExpiresAt = now + Duration };
    }

    private bool IsLive(LeaseRecord record) => record.ExpiresAt > repository.Time.GetUtcNow() && !ProcessIdentity.IsGone(record);

    private void ThrowIfLive(LeaseRecord? record)
    {
        if (record is not null && IsLive(record))
        {
            throw Held(record);
        }
    }

    private static DrException Held(LeaseRecord record) => new(
        DrError.LeaseHeld,
        $"{record.User} on {record.Host} (process {record.ProcessId}) has been at work here ({record.Operation}"
        + $"{(record.Source is null ? string.Empty : " of " + record.Source)}) since {record.AcquiredAt:u}; its lease runs until {record.ExpiresAt:u}.",
        "Wait until it has finished; if it is gone, its lease ends by itself at that time.");

    private async ValueTask<List<(long Number, LeaseRecord? Record)>> ReadScopeAsync(string scope, CancellationToken cancellationToken)
    {
        var leases = new List<(long, LeaseRecord?)>();
        await foreach (var stored in repository.Store.ListAsync($"{Prefix}{scope}/", cancellationToken).ConfigureAwait(false))
        {
            if (long.TryParse(stored.Name.AsSpan(stored.Name.LastIndexOf('/') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                leases.Add((number, await ReadAsync(stored, cancellationToken).ConfigureAwait(false)));
            }
        }

        return leases;
    }

    /// <summary>Reads a lease; <see langword="null"/> when it was released meanwhile.</summary>
    private async ValueTask<LeaseRecord?> ReadAsync(StoredObject stored, CancellationToken cancellationToken)
    {
        try
        {
            var content = await repository.OpenAsync(EnvelopeKind.Lease, stored, cancellationToken).ConfigureAwait(false);
            return JsonSerializer.Deserialize(content, RepositoryJson.Default.LeaseRecord);
        }
        catch (DrException e) when (e.Error == DrError.ObjectMissing)
        {
            return null;
        }
        catch (DrException e) when (e.Error == DrError.IntegrityFailure && stored.Created + Duration < repository.Time.GetUtcNow())
        {
            // Damaged, and too old to be live: it must not stop the repository for ever. Verification names it.
            return null;
        }
    }
}
