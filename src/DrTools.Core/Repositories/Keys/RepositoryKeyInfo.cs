namespace DrTools.Repositories.Keys;

/// <summary>One of the secrets that open a repository.</summary>
/// <param name="Id">Names it: eight hexadecimal digits, the same for as long as it opens the repository.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Label">Whose it is or where it lies, in the words of whoever added it.</param>
/// <param name="Added">When it was added, UTC; unknown of the first.</param>
/// <param name="IsOpener">Whether it is what this repository was opened with.</param>
public sealed record RepositoryKeyInfo(string Id, KeySlotKind Kind, string? Label, DateTimeOffset? Added, bool IsOpener)
{
    /// <summary>The key of a key management service that it is, as a location; <see langword="null"/> of other kinds.</summary>
    public string? KmsKey { get; init; }
}
