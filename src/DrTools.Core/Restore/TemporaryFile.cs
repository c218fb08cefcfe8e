using System.Buffers;
using System.Globalization;
using System.Text;

namespace DrTools.Restore;

/// <summary>Names of files that are being restored beside others: <c>.drtools-PROCESS-NUMBER</c>, hexadecimal.</summary>
internal static class TemporaryFile
{
    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789abcdef"u8);

    private static ReadOnlySpan<byte> Prefix => ".drtools-"u8;

    public static byte[] Name(int process, int number) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $".drtools-{process:x}-{number:x}"));

    public static bool IsName(ReadOnlySpan<byte> name)
    {
        if (!name.StartsWith(Prefix))
        {
            return false;
        }

        var rest = name[Prefix.Length..];
        var dash = rest.IndexOf((byte)'-');
        return dash is > 0 and <= 8 && rest.Length - dash - 1 is > 0 and <= 8
            && !rest[..dash].ContainsAnyExcept(Digits) && !rest[(dash + 1)..].ContainsAnyExcept(Digits);
    }

    public static byte[] Join(byte[] folder, ReadOnlySpan<byte> name) => folder.Length == 0 ? name.ToArray() : [.. folder, (byte)'/', .. name];
}
