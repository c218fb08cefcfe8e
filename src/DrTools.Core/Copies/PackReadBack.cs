using DrTools.Repositories;
using DrTools.Repositories.Packs;

namespace DrTools.Copies;

/// <summary>Proves that the target gives back what was written to it, by reading it. Belongs to one worker.</summary>
internal sealed class PackReadBack(Repository target) : IDisposable
{
    private readonly FrameReader _opener = new(target);
    private readonly byte[] _window = GC.AllocateUninitializedArray<byte>(PackFormat.PrologueLength + PackWindow.MaximumLength);

    /// <summary>Reads back a pack that has appeared in the target.</summary>
    /// <exception cref="DrException">What the target's store says, or <see cref="DrError.IntegrityFailure"/> when the target
    /// does not give back what was written.</exception>
    public async ValueTask RequireAsync(WrittenPack written, CancellationToken cancellationToken)
    {
        for (var look = 1; await FindProblemAsync(written.Pack, written.End, cancellationToken).ConfigureAwait(false) is { } problem; look++)
        {
            if (look >= target.Looks)
            {
                throw new DrException(
                    DrError.IntegrityFailure,
                    $"{target.Location} does not give back what was written to it: {written.Pack.ObjectName}: {problem}.",
                    "Check the disk or the service that it lies on; nothing refers to what was written.")
                { Subject = written.Pack.ObjectName };
            }

            target.Store.Distrust(written.Pack.ObjectName);
        }
    }

    /// <summary>Looks at a pack that is in the target and that no manifest there names, because the copy that stored it was
    /// interrupted.</summary>
    /// <param name="pack">The pack, as the source's manifests name it.</param>
    /// <param name="length">Its length in the target, bytes.</param>
    /// <param name="wanted">What it has to say of itself.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The pack as the target's manifests are to name it; <see langword="null"/> when it is not whole.</returns>
    public async ValueTask<PackInfo?> AdoptAsync(PackInfo pack, long length, PackEnd wanted, CancellationToken cancellationToken)
    {
        var prologue = new byte[PackFormat.PrologueLength];
        if (await target.Store.ReadAsync(pack.ObjectName, 0, prologue, cancellationToken).ConfigureAwait(false) < prologue.Length
            || PackFormat.SaltOf(prologue, target.Id).ToArray() is not { Length: > 0 } salt)
        {
            return null;
        }

        var there = new PackInfo { Id = pack.Id, BackupId = pack.BackupId, Kind = pack.Kind, Salt = salt, RawBytes = pack.RawBytes, Length = length };
        return await FindProblemAsync(there, wanted, cancellationToken).ConfigureAwait(false) is null ? there : null;
    }

    public void Dispose() => _opener.Dispose();

    /// <summary>Reads a pack of the target from its first byte to its last.</summary>
    /// <returns>What is wrong with it; <see langword="null"/> when nothing is.</returns>
    private async ValueTask<string?> FindProblemAsync(PackInfo pack, PackEnd wanted, CancellationToken cancellationToken)
    {
        using var cipher = PackFormat.DeriveCipher(target.Key, pack.Salt, pack.Id);
        try
        {
            var end = await PackEnd.ReadAsync(target, pack.ObjectName, pack.Length, cipher, _opener, cancellationToken).ConfigureAwait(false);
            if (!end.IsSameAs(wanted))
            {
                return "its directory is another one's";
            }

            // The prologue comes with the first frames.
            var (read, prologue) = (0L, PackFormat.PrologueLength);
            foreach (var window in PackWindow.Of(end.Frames).DefaultIfEmpty(new PackWindow(0, 0, PackFormat.PrologueLength, 0)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var stored = _window.AsMemory(0, prologue + window.Length);
                if (await target.Store.ReadAsync(pack.ObjectName, read, stored, cancellationToken).ConfigureAwait(false) != stored.Length)
                {
                    return "it is too short";
                }

                if (prologue > 0 && !PackFormat.SaltOf(stored.Span[..prologue], target.Id).SequenceEqual(pack.Salt))
                {
                    return "its start is another one's";
                }

                for (var i = window.First; i < window.First + window.Count; i++)
                {
                    var frame = end.Frames[i];
                    PackFormat.OpenInPlace(cipher, FrameRole.Content, frame.Offset, _window.AsSpan((int)(frame.Offset - read), frame.StoredLength));
                }

                read += stored.Length;
                prologue = 0;
            }

            return null;
        }
        catch (InvalidDataException e)
        {
            return e.Message;
        }
    }
}
