namespace DrTools.Stores;

/// <summary>A store that can lock objects: until a time nobody can remove or change them, whoever has the store's
/// credentials.</summary>
public interface ILockingStore
{
    /// <summary>Sees whether objects can be locked here.</summary>
    /// <exception cref="DrException"><see cref="DrError.StoreFailure"/> with what to do when they cannot.</exception>
    ValueTask RequireLockingAsync(CancellationToken cancellationToken);

    /// <summary>Has every object that is created from now on locked from its first moment.</summary>
    /// <param name="mode">Who may still remove it.</param>
    /// <param name="period">For how long.</param>
    /// <param name="covers">Which names are meant.</param>
    void LockNew(ObjectLockMode mode, TimeSpan period, Func<string, bool> covers);

    /// <summary>Until when an object is locked.</summary>
    /// <returns><see langword="null"/> when it is not, or there is no such object;
    /// <see cref="DateTimeOffset.MaxValue"/> under a legal hold.</returns>
    ValueTask<DateTimeOffset?> ReadLockAsync(string name, CancellationToken cancellationToken);

    /// <summary>Locks an object until a later time, be it locked already or not.</summary>
    /// <returns><see langword="false"/> when there is no such object.</returns>
    ValueTask<bool> ExtendLockAsync(string name, DateTimeOffset until, CancellationToken cancellationToken);
}
