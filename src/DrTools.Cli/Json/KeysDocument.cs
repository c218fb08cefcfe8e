using DrTools.Repositories;
using DrTools.Repositories.Keys;

namespace DrTools.Cli.Json;

/// <summary>What <c>key list</c>, <c>key add</c> and <c>key remove</c> print.</summary>
internal sealed record KeysDocument(string Location, IReadOnlyList<KeyDocument> Keys)
{
    public static KeysDocument Of(Repository repository) => new(repository.Location, [.. repository.Keys.Select(KeyDocument.Of)]);
}

/// <summary>One of the secrets that open a repository.</summary>
internal sealed record KeyDocument(string Id, string Kind, string? Label, DateTime? AddedAt, bool Opener, string? KmsKey)
{
    public static KeyDocument Of(RepositoryKeyInfo key) => new(key.Id, Scalars.Word(key.Kind), key.Label, key.Added?.UtcDateTime, key.IsOpener, key.KmsKey);
}
