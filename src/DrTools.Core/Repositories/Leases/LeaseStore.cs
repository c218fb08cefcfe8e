using System.Collections.Concurrent;
using System.Text.Json;
using DrTools.Stores;

namespace DrTools.Repositories.Leases;

/// <summary>
/// Leases: one holder at a time for each scope. A lease is a series of objects <c>leases/SCOPE/NNNNNNNNNN</c>, each
/// created conditionally and never changed; the one with the highest number counts. Renewing, taking over and releasing
/// all create the next number, and the highest is never deleted: so of a holder that renews and another that takes over
/// exactly one succeeds, and one who finds a higher number than its own has lost, however long it slept.
/// </summary>
internal sealed class LeaseStore(Repository repository)
{
    public const string Prefix = "leases/";

    private const int ReadAttempts = 20;

    /// <summary>Leases of this process that it could not end in the store.</summary>
    private static readonly ConcurrentDictionary<Guid, bool> GivenUp = new();

    /// <summary>How long a lease lasts without being renewed.</summary>
    public TimeSpan Duration => repository.Tuning.LeaseDuration;

    /// <summary>Takes a lease.</summary>
    /// <exception cref="DrException"><see cref="DrError.LeaseHeld"/> naming the holder.</exception>
    public async ValueTask<Lease> AcquireAsync(string scope, LeaseRecord wanted, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            var (last, before) = await ReadScopeAsync(scope, cancellationToken).ConfigureAwait(false);
            if (before is not null && IsLive(before))
            {
                throw Held(before);
            }

            var number = last + 1;
            var record = Stamp(Inherit(wanted, before));
            if (await TryPutAsync(scope, number, record, cancellationToken).ConfigureAwait(false))
            {
                // The holder may have gone on, or several may have come and gone, since the scope was read.
                var numbers = await ListNumbersAsync(scope).ConfigureAwait(false);
                if (numbers.All(n => n <= number))
                {
                    foreach (var stale in numbers.Where(n => n < number))
                    {
                        await DeleteAsync(scope, stale).ConfigureAwait(false);
                    }

                    return new Lease(this, scope, number, record, before);
                }

                await DeleteAsync(scope, number).ConfigureAwait(false);
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

    /// <summary>The last record of every scope, and whether its holder is still at work.</summary>
    public async ValueTask<List<(LeaseRecord Record, bool IsLive)>> ListAsync(CancellationToken cancellationToken)
    {
        var scopes = new List<string>();
        await foreach (var stored in repository.Store.ListAsync(Prefix, cancellationToken).ConfigureAwait(false))
        {
            if (stored.Name.Split('/') is [_, var scope, _] && (scopes.Count == 0 || scopes[^1] != scope))
            {
                scopes.Add(scope);
            }
        }

        var leases = new List<(LeaseRecord, bool)>();
        foreach (var scope in scopes)
        {
            if ((await ReadScopeAsync(scope, cancellationToken).ConfigureAwait(false)).Record is { } record)
            {
                leases.Add((record, IsLive(record)));
            }
        }

        return leases;
    }

    /// <summary>Every live lease.</summary>
    public async ValueTask<List<LeaseRecord>> ListLiveAsync(CancellationToken cancellationToken) =>
        [.. (await ListAsync(cancellationToken).ConfigureAwait(false)).Where(l => l.IsLive).Select(l => l.Record)];

    /// <summary>The last record of a scope, whether it is live or not.</summary>
    public async ValueTask<LeaseRecord?> ReadLastAsync(string scope, CancellationToken cancellationToken) =>
        (await ReadScopeAsync(scope, cancellationToken).ConfigureAwait(false)).Record;

    /// <summary>Whether somebody holds a lease at this moment.</summary>
    public async ValueTask<bool> IsHeldAsync(string scope, CancellationToken cancellationToken) =>
        await ReadLastAsync(scope, cancellationToken).ConfigureAwait(false) is { } record && IsLive(record);

    /// <summary>Has this process treat a lease of its own as ended although the store still has it.</summary>
    internal static void GiveUp(LeaseRecord record) => GivenUp[record.Token] = true;

    /// <summary>Whether a record was put by the holder that asks, whose answer from the store got lost.</summary>
    internal async ValueTask<bool> IsOwnAsync(string scope, long number, Guid token) =>
        await repository.Store.FindAsync(ObjectName(scope, number), CancellationToken.None).ConfigureAwait(false) is { } stored
        && await TryReadAsync(stored, CancellationToken.None).ConfigureAwait(false) is { } record && record.Token == token;

    internal async ValueTask<List<long>> ListNumbersAsync(string scope)
    {
        var objects = await repository.Store.ListAllAsync($"{Prefix}{scope}/", CancellationToken.None).ConfigureAwait(false);
        return [.. objects.Select(NumberOf).Where(n => n > 0)];
    }

    internal static string ObjectName(string scope, long number) => NumberedName.Of($"{Prefix}{scope}/", number);

    internal async ValueTask<bool> TryPutAsync(string scope, long number, LeaseRecord record, CancellationToken cancellationToken)
    {
        var name = ObjectName(scope, number);
        var content = repository.Seal(EnvelopeKind.Lease, name, JsonSerializer.SerializeToUtf8Bytes(record, RepositoryJson.Default.LeaseRecord));
        return await repository.Store.TryPutAsync(name, content, cancellationToken).ConfigureAwait(false);
    }

    internal ValueTask<bool> DeleteAsync(string scope, long number) =>
        repository.Store.DeleteAsync(ObjectName(scope, number), CancellationToken.None);

    internal TimeProvider Time => repository.Time;

    internal LeaseRecord Stamp(LeaseRecord record)
    {
        var now = repository.Time.GetUtcNow();
        return record with { AcquiredAt = now, ExpiresAt = now + Duration };
    }

    private bool IsLive(LeaseRecord record) =>
        !record.WasEnded && record.ExpiresAt > repository.Time.GetUtcNow() && !GivenUp.ContainsKey(record.Token) && !ProcessIdentity.IsGone(record);

    /// <summary>A holder names from the first moment what the one before it had stored or was removing: if it is killed
    /// before it comes to use that, the next one must still find it.</summary>
    private static LeaseRecord Inherit(LeaseRecord wanted, LeaseRecord? before) => before is not null && before.Operation == wanted.Operation
        ? wanted with { PackOwners = [.. wanted.PackOwners.Concat(before.PackOwners).Distinct()], Removing = before.Removing }
        : wanted;

    private static DrException Held(LeaseRecord record) => new(
        DrError.LeaseHeld,
        $"{record.User} on {record.Host} (process {record.ProcessId}) has been at work here ({record.Operation}"
        + $"{(record.Source is null ? string.Empty : " of " + record.Source)}) since {record.AcquiredAt:u}; its lease runs until {record.ExpiresAt:u}.",
        "Wait until it has finished; if it is gone, its lease ends by itself at that time.");

    /// <summary>The highest number of a scope (0 when it was never used) and its record.</summary>
    private async ValueTask<(long Number, LeaseRecord? Record)> ReadScopeAsync(string scope, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var objects = await repository.Store.ListAllAsync($"{Prefix}{scope}/", cancellationToken).ConfigureAwait(false);
            var newestFirst = objects.Where(o => NumberOf(o) > 0).Reverse().ToList();
            if (newestFirst.Count == 0)
            {
                return (0, null);
            }

            foreach (var stored in newestFirst)
            {
                try
                {
                    if (await TryReadAsync(stored, cancellationToken).ConfigureAwait(false) is { } record)
                    {
                        return (NumberOf(newestFirst[0]), record);
                    }

                    // Renewed meanwhile: a record that was not listed yet counts now.
                    if (attempt < ReadAttempts)
                    {
                        break;
                    }
                }
                catch (DrException e) when (e.Error == DrError.IntegrityFailure && stored.Created + Duration < repository.Time.GetUtcNow())
                {
                    // Damaged, and too old to be live: it must not stop the repository for ever, and the one before it
                    // still tells what was stored. Verification names it.
                    if (stored == newestFirst[^1])
                    {
                        return (NumberOf(newestFirst[0]), null);
                    }
                }
            }

            if (attempt == ReadAttempts)
            {
                return (NumberOf(newestFirst[0]), null);
            }
        }
    }

    private static long NumberOf(StoredObject stored) =>
        NumberedName.TryParse(stored.Name[..(stored.Name.LastIndexOf('/') + 1)], stored.Name) ?? 0;

    /// <summary>Reads a record; <see langword="null"/> when it was replaced meanwhile.</summary>
    private async ValueTask<LeaseRecord?> TryReadAsync(StoredObject stored, CancellationToken cancellationToken)
    {
        try
        {
            var content = await repository.OpenAsync(EnvelopeKind.Lease, stored, cancellationToken).ConfigureAwait(false);
            var record = Envelope.ReadJson(stored.Name, content, RepositoryJson.Default.LeaseRecord);
            return record with { PackOwners = record.PackOwners ?? [] };
        }
        catch (DrException e) when (e.Error == DrError.ObjectMissing)
        {
            return null;
        }
    }
}
