using DrTools.Backup;
using DrTools.Copies;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Stores;

namespace DrTools.Deposits;

/// <summary>Which deposits are received, and what is done with them then.</summary>
public sealed record ReceiveOptions
{
    /// <summary>Only those of this host.</summary>
    public string? Host { get; init; }

    /// <summary>Whether deposits whose backups are in the repository are removed, and unfinished ones to which nothing was added for
    /// <see cref="DepositReceiver.UnfinishedAfter"/>.</summary>
    public bool Remove { get; init; }

    /// <summary>Whether to say only what would be received.</summary>
    public bool DryRun { get; init; }

    /// <summary>Number of packs copied at once; 0 for one per processor, at most 8.</summary>
    public int Parallelism { get; init; }
}

/// <summary>Takes deposits into the repository that they are sealed for: verified frame by frame, sealed with its own key, and
/// under the lock, retention and journal of that repository.</summary>
/// <param name="repository">The repository.</param>
/// <param name="location">Where hosts deposit.</param>
public sealed class DepositReceiver(Repository repository, string location)
{
    /// <summary>A deposit to which nothing was added for so long is not being written any more.</summary>
    public static readonly TimeSpan UnfinishedAfter = TimeSpan.FromDays(7);

    /// <summary>How far the clock of a host may be ahead.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromHours(1);

    /// <summary>Receives what is there, the oldest first. One that is refused keeps no other.</summary>
    /// <exception cref="DrException">What the store of the deposits says when they cannot be listed, or the repository's when
    /// nothing can be stored there.</exception>
    public async IAsyncEnumerable<ReceivedDeposit> RunAsync(
        ReceiveOptions options, IProgress<CopyProgress>? progress, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (var deposit in await new DepositInbox(location).ListAsync(repository, options.Host, cancellationToken).ConfigureAwait(false))
        {
            var received = deposit.IsComplete
                ? deposit.IsReceived ? new ReceivedDeposit { Deposit = deposit, Outcome = DepositOutcome.AlreadyThere } : await ReceiveAsync(deposit, options, progress, cancellationToken).ConfigureAwait(false)
                : new ReceivedDeposit { Deposit = deposit, Outcome = DepositOutcome.Unfinished };
            yield return options is { Remove: true, DryRun: false } && IsDone(received) ? await RemoveAsync(received, cancellationToken).ConfigureAwait(false) : received;
        }
    }

    private bool IsDone(ReceivedDeposit received) => received.Outcome switch
    {
        DepositOutcome.Received or DepositOutcome.AlreadyThere => true,
        DepositOutcome.Unfinished => repository.Time.GetUtcNow() - received.Deposit.Stored > UnfinishedAfter,
        _ => false,
    };

    private async Task<ReceivedDeposit> ReceiveAsync(Deposit deposit, ReceiveOptions options, IProgress<CopyProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            using var credential = RepositoryCredential.FromOwner(repository);
            var source = await new RepositoryFactory().OpenAsync(deposit.Location, credential, cancellationToken).ConfigureAwait(false);
            await using (source.ConfigureAwait(false))
            {
                await RequireHonestAsync(source, deposit, cancellationToken).ConfigureAwait(false);
                var result = await new CopyEngine(source, repository).RunAsync(
                    new CopyOptions { Logs = CopyLogs.None, DryRun = options.DryRun, Parallelism = options.Parallelism, FromDeposit = true },
                    progress,
                    cancellationToken).ConfigureAwait(false);
                return Outcome(deposit, result);
            }
        }
        catch (DrException e) when (e.Error is DrError.WrongKey or DrError.IntegrityFailure or DrError.RepositoryHeaderDamaged or DrError.RepositoryNewerFormat or DrError.ObjectMissing)
        {
            return new ReceivedDeposit { Deposit = deposit, Outcome = DepositOutcome.Refused, Problem = e.Message, Error = e };
        }
    }

    private static ReceivedDeposit Outcome(Deposit deposit, CopyResult result)
    {
        var error = result.Errors.FirstOrDefault();
        var skipped = result.Backups.FirstOrDefault(b => b.Outcome == CopyOutcome.Skipped);
        return new ReceivedDeposit
        {
            Deposit = deposit,
            Outcome = error is not null ? DepositOutcome.Refused
                : result.IsDryRun && skipped is null ? DepositOutcome.ToReceive
                : result.Backups.Any(b => b.Outcome == CopyOutcome.Copied) ? DepositOutcome.Received : DepositOutcome.AlreadyThere,
            Backups = [.. result.Backups.Where(b => b.Outcome == CopyOutcome.Copied).Select(b => b.Backup).OfType<BackupInfo>()],
            Problem = error?.Message ?? skipped?.Problem,
            Error = error,
            Notes = result.Notes,
        };
    }

    /// <summary>Whoever has the public key can seal whatever he likes. What he may not do is to speak for another host, whose
    /// credentials he does not have, or for the future.</summary>
    private async ValueTask RequireHonestAsync(Repository source, Deposit deposit, CancellationToken cancellationToken)
    {
        foreach (var listed in await source.Manifests.ListAsync(null, cancellationToken).ConfigureAwait(false))
        {
            var root = await source.Manifests.ReadAsync(listed, cancellationToken).ConfigureAwait(false);
            var info = root.Info;
            if (info.Host != deposit.Host)
            {
                throw Dishonest($"{deposit.Location} says that it is a backup of the host {info.Host}, and lies in the folder of {deposit.Host}.", "Find out who put it there: a host that was broken into may speak for others so. Remove it, or receive it after moving it, if it is right.");
            }

            if (root.Packs.Any(p => p.BackupId != info.Id))
            {
                throw Dishonest($"{deposit.Location} refers to packs of other backups, which no deposit does.", "Find out who put it there, and remove it.");
            }

            if (info.Type != BackupType.Full || info.Started > repository.Time.GetUtcNow() + ClockTolerance)
            {
                throw Dishonest($"{deposit.Location} says that it is of type {info.Type} and was taken at {info.Started:u}, which cannot be.", "Set the clock of that host right (timedatectl set-ntp true), and see whether it was broken into.");
            }
        }

        DrException Dishonest(string message, string remedy) => new(DrError.IntegrityFailure, message, remedy) { Subject = deposit.Location };
    }

    /// <summary>The manifests first, so that what is left of it is no backup.</summary>
    private static async Task<ReceivedDeposit> RemoveAsync(ReceivedDeposit received, CancellationToken cancellationToken)
    {
        try
        {
            var store = ObjectStores.Open(received.Deposit.Location, create: false);
            await using (store.ConfigureAwait(false))
            {
                var names = (await store.ListAllAsync(string.Empty, cancellationToken).ConfigureAwait(false)).Select(o => o.Name);
                foreach (var name in names.OrderBy(n => n.StartsWith("manifests/", StringComparison.Ordinal) ? 0 : n.StartsWith(RepositoryHeader.Prefix, StringComparison.Ordinal) ? 2 : 1))
                {
                    await store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
                }
            }

            RemoveFolder(received.Deposit.Location);
            return received with { IsRemoved = true };
        }
        catch (DrException e)
        {
            return received with { Problem = $"It could not be removed: {e.Message}", Error = e };
        }
    }

    /// <summary>In a folder, as long as it is one and nothing else lies in it.</summary>
    private static void RemoveFolder(string location)
    {
        foreach (var folder in (string[])[Path.Combine(location, ObjectName.Reserved), location])
        {
            try
            {
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It holds no deposit any more, which is all that was promised.
            }
        }
    }
}
