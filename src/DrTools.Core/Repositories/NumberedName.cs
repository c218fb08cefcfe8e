using System.Globalization;

namespace DrTools.Repositories;

/// <summary>
/// Objects that are counted: <c>PREFIX/NNNNNNNNNN</c>, always ten digits, so that their names sort as their numbers do.
/// </summary>
internal static class NumberedName
{
    public const long Maximum = 9_999_999_999;

    private const int Digits = 10;

    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/>: there are no more numbers. Nobody gets there
    /// by counting, so someone has put an object at the end.</exception>
    public static string Of(string prefix, long number) => number is > 0 and <= Maximum
        ? string.Create(CultureInfo.InvariantCulture, $"{prefix}{number:D10}")
        : throw new DrException(
            DrError.IntegrityFailure,
            $"There is no number left in {prefix}: an object with the last one has been put there.",
            "Run a verification, find out who put it there, and remove it.")
        { Subject = prefix };

    /// <summary>The number of an object; <see langword="null"/> when its name is not of this form, or not directly below
    /// the prefix.</summary>
    public static long? TryParse(string prefix, string name) =>
        name.Length == prefix.Length + Digits
        && name.StartsWith(prefix, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number > 0
            ? number
            : null;
}
