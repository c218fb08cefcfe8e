using System.Buffers;
using System.Security.Cryptography;
using DrTools.Platform.Posix;

namespace DrTools.Restore;

/// <summary>Compares the content of an open file with a hash.</summary>
internal static class FileHash
{
    private const int BufferSize = 256 * 1024;

    /// <summary>Whether it has so many bytes, and they have this SHA-256. An unreadable file does not.</summary>
    internal static bool Equals(int fd, long size, ReadOnlySpan<byte> sha256)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(size, 1, BufferSize));
        try
        {
            long position = 0;
            int count;
            while ((count = Descriptor.Read(fd, buffer, position)) > 0)
            {
                hash.AppendData(buffer, 0, count);
                position += count;
            }

            return count == 0 && position == size && sha256.SequenceEqual(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
