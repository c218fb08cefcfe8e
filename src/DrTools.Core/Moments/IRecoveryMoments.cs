using DrTools.Backup;
using DrTools.Repositories;

namespace DrTools.Moments;

/// <summary>The newest moment that backups and logs of a source lead to.</summary>
/// <param name="Moment">The moment, UTC: what was written later is not in the repository.</param>
/// <param name="LogBytes">Log to be replayed on top of the newest backup to get there, bytes.</param>
/// <param name="LogArrived">When the newest part of that log arrived, UTC, if there is any.</param>
public sealed record NewestMoment(DateTimeOffset Moment, long LogBytes, DateTimeOffset? LogArrived);

/// <summary>Knows where logs lead to. Providers register theirs; backups that nobody knows lead to the moment that they were
/// started.</summary>
public interface IRecoveryMoments
{
    /// <summary>Whether backups of this kind are recovered with logs.</summary>
    bool Knows(BackupInfo backup);

    /// <summary>Finds the newest moment of a backup's source.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="newest">The newest backup of the source in it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns><see langword="null"/> when nothing of the source can be restored: the log is missing that makes a backup
    /// consistent.</returns>
    /// <exception cref="DrException">What the store says; damage.</exception>
    Task<NewestMoment?> FindAsync(Repository repository, BackupInfo newest, CancellationToken cancellationToken);
}

/// <summary>The registered <see cref="IRecoveryMoments"/>.</summary>
public static class RecoveryMoments
{
    private static readonly List<IRecoveryMoments> Registered = [];

    /// <summary>Adds one; another of its class takes its place.</summary>
    public static void Register(IRecoveryMoments moments)
    {
        ArgumentNullException.ThrowIfNull(moments);
        lock (Registered)
        {
            Registered.RemoveAll(r => r.GetType() == moments.GetType());
            Registered.Add(moments);
        }
    }

    /// <summary>The newest moment of a source.</summary>
    /// <inheritdoc cref="IRecoveryMoments.FindAsync"/>
    public static async Task<NewestMoment?> FindAsync(Repository repository, BackupInfo newest, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(newest);
        IRecoveryMoments? known;
        lock (Registered)
        {
            known = Registered.Find(r => r.Knows(newest));
        }

        return known is null ? new NewestMoment(newest.Started, 0, null) : await known.FindAsync(repository, newest, cancellationToken).ConfigureAwait(false);
    }
}
