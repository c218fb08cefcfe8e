using DrTools.Content;
using DrTools.Repositories;
using DrTools.Repositories.Packs;
using DrTools.Stores;

namespace DrTools.Verification;

/// <summary>What reading a whole pack showed.</summary>
/// <param name="Problem">What is wrong with the pack as a whole, or with its first bad frame; <see langword="null"/>
/// when nothing is.</param>
/// <param name="Chunks">Fingerprints, sorted, of the chunks whose content was compared with its hash.</param>
/// <param name="Frames">The frames that are what was written, in the order of their offsets.</param>
/// <param name="HasDirectory">Whether the directory could say which chunks they hold.</param>
internal sealed record PackVerdict(string? Problem, ulong[] Chunks, VerifiedFrame[] Frames, bool HasDirectory)
{
    /// <summary>Whether a frame was found to be what was written, and is long enough for an extent.</summary>
    public bool Holds(Extent extent) =>
        Array.BinarySearch(Frames, new VerifiedFrame(extent.Frame.Offset, 0, 0), VerifiedFrame.ByOffset) is >= 0 and var index
        && Frames[index].StoredLength == extent.Frame.StoredLength && extent.OffsetInFrame + extent.Length <= Frames[index].RawLength;

    /// <summary>Whether the content of an extent was found to be what the manifest says.</summary>
    public bool Covers(Extent extent) =>
        Array.BinarySearch(Chunks, Fingerprint(extent.Frame.Offset, extent.Frame.StoredLength, extent.OffsetInFrame, (int)extent.Length, extent.Hash)) >= 0;

    /// <summary>Place, length and hash in 64 bits: content is authenticated elsewhere, so this only has to tell a
    /// manifest that names another place from one that does not, in a tenth of the memory.</summary>
    public static ulong Fingerprint(long frameOffset, int storedLength, int offsetInFrame, int length, ContentHash hash)
    {
        const ulong odd = 0x9E3779B97F4A7C15;
        var value = (ulong)frameOffset;
        value = (value ^ (value >> 32) ^ (uint)storedLength) * odd;
        value = (value ^ (value >> 29) ^ (uint)offsetInFrame) * odd;
        value = (value ^ (value >> 32) ^ (uint)length) * odd;
        value = (value ^ (value >> 29) ^ (uint)hash.GetHashCode()) * odd;
        return value ^ (value >> 32);
    }
}

/// <summary>A frame that was authenticated and unpacked.</summary>
internal readonly record struct VerifiedFrame(long Offset, int StoredLength, int RawLength)
{
    public static readonly Comparer<VerifiedFrame> ByOffset = Comparer<VerifiedFrame>.Create((a, b) => a.Offset.CompareTo(b.Offset));
}

/// <summary>
/// Reads packs from the first byte to the last: prologue, every frame (authenticated, unpacked, each chunk compared
/// with its hash), directory and trailer. Belongs to one worker.
/// </summary>
internal sealed class PackVerifier(Repository repository) : IDisposable
{
    private readonly FrameReader _frames = new(repository);
    private readonly PageIdentity _identity = new(repository.Key, repository.IsEncrypted);
    private byte[] _stored = [];
    private byte[] _content = [];

    /// <param name="pack">The pack as manifests name it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async ValueTask<PackVerdict> VerifyAsync(PackInfo pack, CancellationToken cancellationToken)
    {
        var chunks = new List<ulong>();
        var whole = new List<VerifiedFrame>();
        var hasDirectory = false;
        string? problem = null;
        try
        {
            if (!await HasPrologueAsync(pack, cancellationToken).ConfigureAwait(false))
            {
                problem = "its first bytes are not what was written";
            }

            // The directory comes from the pack; where it is damaged the frames are still checked by walking them.
            var (directory, frames) = await ReadDirectoryAsync(pack, cancellationToken).ConfigureAwait(false);
            problem ??= directory;
            hasDirectory = directory is null;
            foreach (var frame in frames)
            {
                var known = chunks.Count;
                var bad = await VerifyFrameAsync(pack, frame, chunks, cancellationToken).ConfigureAwait(false);
                for (var look = 2; bad is not null && look <= repository.Looks; look++)
                {
                    repository.Store.Distrust(pack.ObjectName);
                    chunks.RemoveRange(known, chunks.Count - known);
                    bad = await VerifyFrameAsync(pack, frame, chunks, cancellationToken).ConfigureAwait(false);
                }

                problem ??= bad;
                if (bad is null)
                {
                    whole.Add(new VerifiedFrame(frame.Offset, frame.StoredLength, frame.RawLength));
                }
            }
        }
        catch (DrException e) when (e.Error == DrError.ObjectMissing)
        {
            problem = "it is missing";
        }
        catch (InvalidDataException e)
        {
            problem = e.Message;
        }

        var sorted = chunks.ToArray();
        Array.Sort(sorted);
        return new PackVerdict(problem, sorted, [.. whole], hasDirectory);
    }

    public void Dispose()
    {
        _frames.Dispose();
        _identity.Dispose();
    }

    private async ValueTask<bool> HasPrologueAsync(PackInfo pack, CancellationToken cancellationToken)
    {
        for (var look = 1; look <= repository.Looks; look++)
        {
            var prologue = await ReadAsync(pack, 0, PackFormat.PrologueLength, cancellationToken).ConfigureAwait(false);
            if (PackFormat.SaltOf(prologue.Span, repository.Id).SequenceEqual(pack.Salt))
            {
                return true;
            }

            repository.Store.Distrust(pack.ObjectName);
        }

        return false;
    }

    private async ValueTask<(string? Problem, IReadOnlyList<PackedFrame> Frames)> ReadDirectoryAsync(PackInfo pack, CancellationToken cancellationToken)
    {
        try
        {
            var (described, frames) = await new PackReader(repository)
                .ReadDirectoryAsync(new StoredObject(pack.ObjectName, pack.Length, default), pack.Salt, cancellationToken).ConfigureAwait(false);
            return (described.RawBytes == pack.RawBytes && described.Kind == pack.Kind ? null : "its directory is not the one that the manifest knows", frames);
        }
        catch (DrException e) when (e.Error == DrError.IntegrityFailure)
        {
            return (e.Message, await WalkAsync(pack, cancellationToken).ConfigureAwait(false));
        }
    }

    /// <summary>The frames by their own headers, for a pack without a readable directory: their chunks are unknown.</summary>
    private async ValueTask<IReadOnlyList<PackedFrame>> WalkAsync(PackInfo pack, CancellationToken cancellationToken)
    {
        var frames = new List<PackedFrame>();
        var header = new byte[PackFormat.FrameHeaderLength];
        for (long offset = PackFormat.PrologueLength; offset < pack.Length - PackFormat.TrailerLength;)
        {
            if (await repository.Store.ReadAsync(pack.ObjectName, offset, header, cancellationToken).ConfigureAwait(false) < header.Length)
            {
                break;
            }

            var stored = PackFormat.FrameOverhead + (long)BitConverter.ToUInt32(header, 4);
            if (stored > PackFormat.MaximumFrameLength || offset + stored > pack.Length || header[9] != (byte)FrameRole.Content)
            {
                break;
            }

            frames.Add(new PackedFrame(offset, (int)stored, BitConverter.ToInt32(header), []));
            offset += stored;
        }

        return frames;
    }

    private async ValueTask<string?> VerifyFrameAsync(PackInfo pack, PackedFrame frame, List<ulong> chunks, CancellationToken cancellationToken)
    {
        try
        {
            var stored = await ReadAsync(pack, frame.Offset, frame.StoredLength, cancellationToken).ConfigureAwait(false);
            var length = _frames.Open(_frames.Cipher(pack), FrameRole.Content, frame.Offset, stored.Span, ref _content);
            if (length != frame.RawLength)
            {
                return $"the frame at offset {frame.Offset} holds {length} bytes instead of {frame.RawLength}";
            }

            foreach (var chunk in frame.Chunks)
            {
                if (!_identity.IsNameOf(chunk.Hash, _content.AsSpan(chunk.OffsetInFrame, chunk.Length)))
                {
                    return $"a chunk of the frame at offset {frame.Offset} is not what its hash says";
                }

                chunks.Add(PackVerdict.Fingerprint(frame.Offset, frame.StoredLength, chunk.OffsetInFrame, chunk.Length, chunk.Hash));
            }

            return null;
        }
        catch (InvalidDataException)
        {
            return $"the frame at offset {frame.Offset} is damaged";
        }
    }

    private async ValueTask<Memory<byte>> ReadAsync(PackInfo pack, long offset, int length, CancellationToken cancellationToken)
    {
        if (_stored.Length < length)
        {
            _stored = GC.AllocateUninitializedArray<byte>(Math.Max(length, PackFormat.MaximumFrameContent + PackFormat.FrameOverhead));
        }

        var buffer = _stored.AsMemory(0, length);
        return await repository.Store.ReadAsync(pack.ObjectName, offset, buffer, cancellationToken).ConfigureAwait(false) == length
            ? buffer
            : throw new InvalidDataException("it is shorter than it should be");
    }
}
