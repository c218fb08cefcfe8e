using System.Security.Cryptography;
using System.Text;
using DrTools.Repositories.Keys;

namespace DrTools.Repositories.Logs;

/// <summary>
/// Layout of a log: prologue, frames as in packs, an end that says how much there is. See
/// <c>docs/repository-format.md</c>, "Logs".
/// </summary>
internal static class LogFormat
{
    public const int PrologueLength = 64;

    /// <summary>Content of the last frame: the length of the whole.</summary>
    public const int EndContentLength = 8;

    /// <summary>The most that a log has, bytes: the largest WAL segment is 1 GiB.</summary>
    public const long MaximumContent = 1L << 34;

    private static ReadOnlySpan<byte> Magic => "DRTLOGS1"u8;

    public static void WritePrologue(Span<byte> prologue, Guid repositoryId, ReadOnlySpan<byte> salt)
    {
        prologue = prologue[..PrologueLength];
        prologue.Clear();
        Magic.CopyTo(prologue);
        repositoryId.TryWriteBytes(prologue[8..], bigEndian: true, out _);
        prologue[24] = 1;
        salt.CopyTo(prologue[32..]);
    }

    /// <summary>The salt of a prologue, or nothing when it is not one of this repository.</summary>
    public static ReadOnlySpan<byte> SaltOf(ReadOnlySpan<byte> prologue, Guid repositoryId)
    {
        if (prologue.Length < PrologueLength)
        {
            return [];
        }

        var salt = prologue.Slice(32, RepositoryKey.SaltLength);
        Span<byte> expected = stackalloc byte[PrologueLength];
        WritePrologue(expected, repositoryId, salt);
        return prologue[..PrologueLength].SequenceEqual(expected) ? salt : [];
    }

    /// <summary>A key for one object under one name: put in another's place it does not open.</summary>
    public static AesGcm DeriveCipher(RepositoryKey key, ReadOnlySpan<byte> salt, string objectName)
    {
        Span<byte> context = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.ASCII.GetBytes(objectName), context);
        return key.DeriveCipher(salt, "drtools log v1", context);
    }
}
