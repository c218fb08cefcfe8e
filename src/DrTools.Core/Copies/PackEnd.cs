using System.Security.Cryptography;
using DrTools.Repositories;
using DrTools.Repositories.Packs;

namespace DrTools.Copies;

/// <summary>The directory of a pack.</summary>
/// <param name="Kind">What the pack holds.</param>
/// <param name="Offset">Where the directory lies.</param>
/// <param name="Opened">Its frame, opened: header, compressed content, and the tag that it had.</param>
/// <param name="Frames">What it says.</param>
internal sealed record PackEnd(PackKind Kind, long Offset, byte[] Opened, IReadOnlyList<PackedFrame> Frames)
{
    /// <summary>Most directories lie in as many bytes at the end of their pack, so that one read finds them.</summary>
    private const int UsualLength = 64 << 10;

    public bool HasPageNames => Frames.Any(f => f.Chunks.Any(c => c.Hash.IsShort));

    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public static async ValueTask<PackEnd> ReadAsync(Repository repository, string objectName, long packLength, AesGcm cipher, FrameReader opener, CancellationToken cancellationToken)
    {
        var tail = await ReadAsync(repository, objectName, Math.Max(0, packLength - UsualLength), (int)Math.Min(packLength, UsualLength), cancellationToken).ConfigureAwait(false);
        if (tail.Length < PackFormat.TrailerLength || PackFormat.DirectoryOf(tail.AsSpan(^PackFormat.TrailerLength..), packLength) is not { } place
            || place.Length > PackFormat.FrameOverhead + PackFormat.MaximumDirectoryContent)
        {
            throw new InvalidDataException("its end is not what was written");
        }

        var start = place.Offset - (packLength - tail.Length);
        var directory = start >= 0
            ? tail.AsSpan((int)start, place.Length).ToArray()
            : await ReadAsync(repository, objectName, place.Offset, place.Length, cancellationToken).ConfigureAwait(false);
        byte[] content = [];
        var length = opener.Open(cipher, FrameRole.Directory, place.Offset, directory, ref content);
        var (kind, frames) = PackDirectory.Parse(content.AsSpan(0, length));
        return (frames.Count == 0 ? PackFormat.PrologueLength : frames[^1].Offset + frames[^1].StoredLength) == place.Offset
            ? new PackEnd(kind, place.Offset, directory, frames)
            : throw new InvalidDataException("its directory does not describe it");
    }

    /// <summary>Whether two packs hold the same frames with the same content. Pages have a name only within a repository: of
    /// them it is compared where they lie.</summary>
    public bool IsSameAs(PackEnd other) =>
        Kind == other.Kind && Frames.Count == other.Frames.Count && Frames.Zip(other.Frames).All(p =>
            p.First.Offset == p.Second.Offset && p.First.StoredLength == p.Second.StoredLength && p.First.Chunks.Count == p.Second.Chunks.Count
            && p.First.Chunks.Zip(p.Second.Chunks).All(c => c.First.Length == c.Second.Length && (c.First.Hash == c.Second.Hash || c.First.Hash.IsShort || c.Second.Hash.IsShort)));

    private static async ValueTask<byte[]> ReadAsync(Repository repository, string objectName, long offset, int length, CancellationToken cancellationToken)
    {
        var buffer = new byte[length];
        return await repository.Store.ReadAsync(objectName, offset, buffer, cancellationToken).ConfigureAwait(false) == length
            ? buffer
            : throw new InvalidDataException("it is too short");
    }
}
