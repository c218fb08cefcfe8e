using System.Globalization;

namespace DrTools.PostgreSql.Wal;

/// <summary>A log sequence number: a byte position in the write-ahead log.</summary>
/// <param name="Value">The position.</param>
/// <remarks><see href="https://www.postgresql.org/docs/current/datatype-pg-lsn.html">pg_lsn Type</see>.</remarks>
public readonly record struct Lsn(ulong Value) : IComparable<Lsn>
{
    /// <summary>0/0, which is no position.</summary>
    public static Lsn Invalid => default;

    /// <summary>Whether <paramref name="left"/> lies before <paramref name="right"/>.</summary>
    public static bool operator <(Lsn left, Lsn right) => left.Value < right.Value;

    /// <summary>Whether <paramref name="left"/> lies behind <paramref name="right"/>.</summary>
    public static bool operator >(Lsn left, Lsn right) => left.Value > right.Value;

    /// <summary>Whether <paramref name="left"/> does not lie behind <paramref name="right"/>.</summary>
    public static bool operator <=(Lsn left, Lsn right) => left.Value <= right.Value;

    /// <summary>Whether <paramref name="left"/> does not lie before <paramref name="right"/>.</summary>
    public static bool operator >=(Lsn left, Lsn right) => left.Value >= right.Value;

    /// <summary>Reads the form that servers write: two hexadecimal numbers divided by a slash (<c>16/B374D848</c>).</summary>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string? text, out Lsn lsn)
    {
        lsn = default;
        var slash = text?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash is < 1 or > 8 || text!.Length - slash - 1 is < 1 or > 8
            || !uint.TryParse(text.AsSpan(0, slash), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var high)
            || !uint.TryParse(text.AsSpan(slash + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var low))
        {
            return false;
        }

        lsn = new Lsn(((ulong)high << 32) | low);
        return true;
    }

    /// <summary>Reads the form that servers write.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static Lsn Parse(string text) => TryParse(text, out var lsn) ? lsn : throw new FormatException($"'{text}' is not an LSN.");

    /// <inheritdoc/>
    public int CompareTo(Lsn other) => Value.CompareTo(other.Value);

    /// <summary>The form that servers read and write.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(uint)(Value >> 32):X}/{(uint)Value:X}");
}
