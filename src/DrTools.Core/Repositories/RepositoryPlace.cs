using System.Globalization;

namespace DrTools.Repositories;

/// <summary>
/// On what medium a repository is, and where, as its owner declares it. A copy protects against what befalls one kind of medium
/// or one site only if it is on another, and no program can find that out by itself.
/// </summary>
public sealed record RepositoryPlace
{
    private const int MaximumLength = 64;

    /// <summary>A place of which nothing, or only a part, is declared.</summary>
    /// <param name="medium">One word: <c>disk</c>, <c>tape</c>, <c>object</c>, …</param>
    /// <param name="site">The name of a site.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> for an empty or endless name, or one with control characters.</exception>
    public RepositoryPlace(string? medium, string? site) =>
        (Medium, Site) = (Checked(medium?.ToLowerInvariant(), "medium"), Checked(site, "site"));

    /// <summary>Nothing is declared.</summary>
    public static RepositoryPlace Undeclared { get; } = new(null, null);

    /// <summary>The kind of medium, in lower case; <see langword="null"/> if it is not declared.</summary>
    public string? Medium { get; }

    /// <summary>The site; <see langword="null"/> if it is not declared.</summary>
    public string? Site { get; }

    private static string? Checked(string? name, string what)
    {
        if (name is null)
        {
            return null;
        }

        var trimmed = name.Trim();
        return trimmed.Length is > 0 and <= MaximumLength && !trimmed.Any(char.IsControl)
            ? trimmed
            : throw new DrException(
                DrError.BadUsage,
                string.Create(CultureInfo.InvariantCulture, $"'{name}' cannot be the name of a {what}."),
                $"Give a short one of at most {MaximumLength} characters: {(what == "medium" ? "disk, tape, object" : "berlin, vault-2")}.");
    }
}
