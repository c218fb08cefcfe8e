using System.Globalization;

namespace DrTools.Copies;

/// <summary>
/// How many copies of a source there are to be, and how different. The production data itself counts as one of the copies and as
/// one of the media, as is usual for 3-2-1.
/// </summary>
public sealed record CopyRule
{
    /// <summary>Copies, the production data included.</summary>
    public int Copies { get; init; } = 3;

    /// <summary>Different kinds of media, that of the production data included.</summary>
    public int Media { get; init; } = 2;

    /// <summary>Copies at another site than the production data.</summary>
    public int OffSite { get; init; } = 1;

    /// <summary>Copies that nobody can delete for a time.</summary>
    public int Immutable { get; init; }

    /// <summary>How many copies may be unverified; <see langword="null"/> for any number.</summary>
    public int? Unverified { get; init; }

    /// <summary>How long ago the newest backup of a copy may have been started; a copy without such a one does not count. Any age
    /// when <see langword="null"/>.</summary>
    public TimeSpan? MaximumAge { get; init; }

    /// <summary>How long ago a copy may have been verified, by reading its content or by restoring it, to count as verified.</summary>
    public TimeSpan VerifiedWithin { get; init; } = TimeSpan.FromDays(31);

    /// <summary>Medium of the production data; <c>disk</c> if it is not said.</summary>
    public string ProductionMedium { get; init; } = "disk";

    /// <summary>Site of the production data. If it is not said, of copies at several sites all but those of one count as
    /// elsewhere: the least that can be true.</summary>
    public string? ProductionSite { get; init; }

    /// <summary>Reads a rule.</summary>
    /// <param name="text">Three to five numbers divided by hyphens: copies, media, copies elsewhere, immutable copies, and unverified
    /// copies at most: <c>3-2-1</c>, <c>3-2-1-1-0</c>, <c>4-3-2</c>.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    public static CopyRule Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split('-');
        var numbers = new List<int>();
        foreach (var part in parts)
        {
            if (int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 99)
            {
                numbers.Add(number);
            }
        }

        if (numbers.Count != parts.Length || numbers.Count is < 3 or > 5 || numbers[0] < 1)
        {
            throw new DrException(
                DrError.BadUsage,
                $"'{text}' is not a rule for copies.",
                "Write the numbers of copies, media and copies elsewhere, and if wanted of immutable copies and of unverified ones at most: 3-2-1, 3-2-1-1-0.");
        }

        return new CopyRule
        {
            Copies = numbers[0],
            Media = numbers[1],
            OffSite = numbers[2],
            Immutable = numbers.Count > 3 ? numbers[3] : 0,
            Unverified = numbers.Count > 4 ? numbers[4] : null,
        };
    }

    /// <summary>The numbers, as they are read.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Copies}-{Media}-{OffSite}{(Immutable > 0 || Unverified is not null ? $"-{Immutable}" : string.Empty)}{(Unverified is { } unverified ? $"-{unverified}" : string.Empty)}");
}
