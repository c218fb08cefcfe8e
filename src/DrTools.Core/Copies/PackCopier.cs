using System.Security.Cryptography;
using DrTools.Compression;
using DrTools.Content;
using DrTools.Repositories;
using DrTools.Repositories.Keys;
using DrTools.Repositories.Packs;

namespace DrTools.Copies;

/// <summary>
/// Copies packs into a repository with another key. The copy has the pack's id, its frames at the same offsets and each with
/// the same compressed content, so that blocks of manifests, which name packs by their ids, hold for it as they are. Every frame
/// is opened with the key of the one repository, which authenticates it, and sealed with that of the other, in the buffer
/// that it was read into. Belongs to one worker.
/// </summary>
internal sealed class PackCopier(Repository source, Repository target) : IDisposable
{
    private readonly FrameReader _opener = new(source);
    private readonly PageIdentity _names = new(target.Key, target.IsEncrypted);
    private readonly byte[] _window = GC.AllocateUninitializedArray<byte>(PackWindow.MaximumLength);
    private readonly FrameCompressor _compressor = new(level: 3);
    private byte[] _content = [];

    /// <summary>Bytes read from the source.</summary>
    public long ReadBytes { get; private set; }

    /// <summary>Copies a pack that the target does not have.</summary>
    /// <param name="pack">The pack, as the source's manifests name it.</param>
    /// <param name="known">The pack as the target's manifests name it, if they do: it was lost there. What is written is then
    /// byte for byte what was lost.</param>
    /// <param name="advance">Takes how many bytes have been copied.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The pack, which is to be committed and read back.</returns>
    /// <exception cref="SourceDamage">The pack is damaged in the source. Nothing of it has been stored.</exception>
    /// <exception cref="DrException">What the target's store says.</exception>
    public async ValueTask<WrittenPack> CopyAsync(PackInfo pack, PackInfo? known, Action<long> advance, CancellationToken cancellationToken)
    {
        using var opening = PackFormat.DeriveCipher(source.Key, pack.Salt, pack.Id);
        var end = await FromSourceAsync(pack, () => ReadEndAsync(pack, opening, cancellationToken)).ConfigureAwait(false);
        if (known is not null && end.HasPageNames)
        {
            // Its directory might be packed in another way than then, and one key must never seal two contents at one offset.
            throw Lost(known);
        }

        var salt = known?.Salt ?? RandomNumberGenerator.GetBytes(RepositoryKey.SaltLength);
        using var sealing = PackFormat.DeriveCipher(target.Key, salt, pack.Id);
        var written = new PackInfo { Id = pack.Id, BackupId = pack.BackupId, Kind = pack.Kind, Salt = salt, RawBytes = pack.RawBytes };
        var copy = await target.Store.CreateAsync(pack.ObjectName, cancellationToken).ConfigureAwait(false);
        try
        {
            await copy.WriteAsync(PackFormat.Prologue(target.Id, salt), cancellationToken).ConfigureAwait(false);
            var directory = end.HasPageNames ? new PackDirectory() : null;
            foreach (var window in PackWindow.Of(end.Frames))
            {
                cancellationToken.ThrowIfCancellationRequested();
                await FromSourceAsync(pack, () => ReadWindowAsync(pack, window, cancellationToken)).ConfigureAwait(false);
                Reseal(pack, end, window, opening, sealing, directory);
                await copy.WriteAsync(_window.AsMemory(0, window.Length), cancellationToken).ConfigureAwait(false);
                advance(window.Length);
            }

            var sealedDirectory = SealDirectory(end, directory?.Serialize(pack.Kind), sealing);
            await copy.WriteAsync(sealedDirectory, cancellationToken).ConfigureAwait(false);
            await copy.WriteAsync(PackFormat.Trailer(end.Offset, sealedDirectory.Length), cancellationToken).ConfigureAwait(false);
            written.Length = end.Offset + sealedDirectory.Length + PackFormat.TrailerLength;
            return new WrittenPack(written, end, copy);
        }
        catch
        {
            await copy.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What a pack of the source says of itself.</summary>
    /// <exception cref="SourceDamage">The pack is damaged in the source.</exception>
    public async ValueTask<PackEnd> ReadEndAsync(PackInfo pack, CancellationToken cancellationToken)
    {
        using var opening = PackFormat.DeriveCipher(source.Key, pack.Salt, pack.Id);
        return await FromSourceAsync(pack, () => ReadEndAsync(pack, opening, cancellationToken)).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _opener.Dispose();
        _names.Dispose();
        _compressor.Dispose();
    }

    private async ValueTask<PackEnd> ReadEndAsync(PackInfo pack, AesGcm opening, CancellationToken cancellationToken)
    {
        var end = await PackEnd.ReadAsync(source, pack.ObjectName, pack.Length, opening, _opener, cancellationToken).ConfigureAwait(false);
        ReadBytes += end.Opened.Length;
        return end.Kind == pack.Kind && end.Frames.Sum(f => (long)f.RawLength) == pack.RawBytes
            ? end
            : throw new InvalidDataException("its directory is not the one that the manifest knows");
    }

    private async ValueTask<bool> ReadWindowAsync(PackInfo pack, PackWindow window, CancellationToken cancellationToken)
    {
        var read = await source.Store.ReadAsync(pack.ObjectName, window.Offset, _window.AsMemory(0, window.Length), cancellationToken).ConfigureAwait(false);
        ReadBytes += read;
        return read == window.Length ? true : throw new InvalidDataException("it is too short");
    }

    private void Reseal(PackInfo pack, PackEnd end, PackWindow window, AesGcm opening, AesGcm sealing, PackDirectory? directory)
    {
        for (var i = window.First; i < window.First + window.Count; i++)
        {
            var frame = end.Frames[i];
            var stored = _window.AsSpan((int)(frame.Offset - window.Offset), frame.StoredLength);
            try
            {
                if (PackFormat.OpenInPlace(opening, FrameRole.Content, frame.Offset, stored).RawLength != frame.RawLength)
                {
                    throw new InvalidDataException("It is not as long as the directory says.");
                }

                directory?.Add(frame.StoredLength, Rename(frame, stored));
            }
            catch (InvalidDataException e)
            {
                throw new SourceDamage(pack.ObjectName, $"the frame at offset {frame.Offset} is damaged", e);
            }

            PackFormat.SealInPlace(sealing, frame.Offset, stored);
        }
    }

    /// <summary>Runs of pages have names under a key of the repository, so in another one they have others.</summary>
    private PackedChunk[] Rename(PackedFrame frame, ReadOnlySpan<byte> opened)
    {
        PackedChunk[] chunks = [.. frame.Chunks];
        if (chunks.All(c => !c.Hash.IsShort))
        {
            return chunks;
        }

        if (_content.Length < frame.RawLength)
        {
            _content = GC.AllocateUninitializedArray<byte>(PackFormat.MaximumFrameContent);
        }

        _opener.Unpack(opened, _content.AsSpan(0, frame.RawLength));
        for (var i = 0; i < chunks.Length; i++)
        {
            if (chunks[i].Hash.IsShort)
            {
                chunks[i] = chunks[i] with { Hash = _names.Of(_content.AsSpan(chunks[i].OffsetInFrame, chunks[i].Length)) };
            }
        }

        return chunks;
    }

    private byte[] SealDirectory(PackEnd end, byte[]? renamed, AesGcm sealing)
    {
        var frame = end.Opened;
        if (renamed is not null)
        {
            var packed = new byte[PackFormat.FrameOverhead + FrameCompressor.MaximumLength(renamed.Length)];
            var length = _compressor.Compress(renamed, packed.AsSpan(PackFormat.FrameHeaderLength..^PackFormat.TagLength), out var codec);
            PackFormat.WriteFrameHeader(packed, FrameRole.Directory, renamed.Length, length, codec);
            frame = packed[..(PackFormat.FrameOverhead + length)];
        }

        PackFormat.SealInPlace(sealing, end.Offset, frame);
        return frame;
    }

    /// <summary>What keeps an object of the source from being read keeps only it from being copied.</summary>
    private static async ValueTask<T> FromSourceAsync<T>(PackInfo pack, Func<ValueTask<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw new SourceDamage(pack.ObjectName, e.Message, e);
        }
        catch (DrException e) when (SourceDamage.IsOfObject(e.Error))
        {
            throw new SourceDamage(pack.ObjectName, e.Error == DrError.ObjectMissing ? "it is missing" : e.Message, e);
        }
    }

    private DrException Lost(PackInfo pack) => new(
        DrError.ObjectMissing,
        $"The pack {pack.ObjectName}, which backups in {target.Location} name, is missing there.",
        "Verify that repository; take a full backup and copy that.")
    { Subject = pack.ObjectName };
}
