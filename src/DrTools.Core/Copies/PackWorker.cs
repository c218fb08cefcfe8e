using DrTools.Repositories;
using DrTools.Repositories.Packs;

namespace DrTools.Copies;

/// <summary>Copies one pack after the other. While one is written, the one before becomes durable and is read back: a server
/// that is far away, or slow to complete an object, costs no time of its own then.</summary>
/// <param name="source">Where they are.</param>
/// <param name="target">Where they go.</param>
/// <param name="done">Takes the id of every pack that is proven to be in the target, and the pack as manifests there are to
/// name it.</param>
internal sealed class PackWorker(Repository source, Repository target, Action<Guid, PackInfo> done) : IDisposable
{
    private readonly PackCopier _copier = new(source, target);
    private readonly PackReadBack _readBack = new(target);
    private Task _finishing = Task.CompletedTask;

    /// <summary>Bytes read from the source.</summary>
    public long ReadBytes => _copier.ReadBytes;

    /// <summary>Copies a pack that the target does not have. It is there after the next call, or <see cref="CompleteAsync"/>.</summary>
    /// <exception cref="SourceDamage">The pack is damaged in the source. Nothing of it has been stored.</exception>
    /// <exception cref="DrException">What the target's store says of this or of the pack before.</exception>
    public async Task CopyAsync(PackInfo pack, PackInfo? known, Action<long> advance, CancellationToken cancellationToken)
    {
        var written = await _copier.CopyAsync(pack, known, advance, cancellationToken).ConfigureAwait(false);
        var before = _finishing;
        _finishing = FinishAsync(written, before, cancellationToken);
        await before.ConfigureAwait(false);
    }

    /// <summary>Looks at a pack that an interrupted copy has stored.</summary>
    /// <returns>Whether it is whole, and so needs not be copied.</returns>
    /// <exception cref="SourceDamage">The pack is damaged in the source.</exception>
    /// <exception cref="DrException">What the target's store says.</exception>
    public async Task<bool> AdoptAsync(PackInfo pack, long length, CancellationToken cancellationToken)
    {
        await _finishing.ConfigureAwait(false);
        var wanted = await _copier.ReadEndAsync(pack, cancellationToken).ConfigureAwait(false);
        if (await _readBack.AdoptAsync(pack, length, wanted, cancellationToken).ConfigureAwait(false) is not { } adopted)
        {
            return false;
        }

        done(pack.Id, adopted);
        return true;
    }

    /// <summary>Waits for the last pack.</summary>
    /// <exception cref="DrException">What the target's store says.</exception>
    public Task CompleteAsync() => _finishing;

    /// <summary>Waits until nothing is under way any more, whatever becomes of it.</summary>
    public async Task EndAsync() => await _finishing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public void Dispose()
    {
        _copier.Dispose();
        _readBack.Dispose();
    }

    private async Task FinishAsync(WrittenPack written, Task before, CancellationToken cancellationToken)
    {
        await using (written.Object.ConfigureAwait(false))
        {
            // Its end is on its way while the one before is still read back: a line carries both at the same time. Whatever
            // becomes of one, the other is waited for.
            await Task.Yield();
            await Task.WhenAll(before, written.Object.CommitAsync(cancellationToken).AsTask()).ConfigureAwait(false);
            await _readBack.RequireAsync(written, cancellationToken).ConfigureAwait(false);
            done(written.Pack.Id, written.Pack);
        }
    }
}
