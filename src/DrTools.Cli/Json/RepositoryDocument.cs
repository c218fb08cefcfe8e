using DrTools.Repositories;

namespace DrTools.Cli.Json;

/// <summary>What <c>init</c>, <c>place</c>, <c>upgrade</c> and <c>key rotate</c> print.</summary>
internal sealed record RepositoryDocument(
    string Location, Guid Id, int FormatVersion, bool Encrypted, string KeyProtection, DateTime CreatedAt, DateTime KeyChangedAt,
    string? Medium, string? Site, bool Immutable, string? ObjectLockMode, int? RetentionDays)
{
    public static RepositoryDocument Of(Repository repository) => new(
        repository.Location,
        repository.Id,
        repository.FormatVersion,
        repository.IsEncrypted,
        repository.KeyProtection,
        repository.CreatedAt.UtcDateTime,
        repository.KeyChangedAt.UtcDateTime,
        repository.Place.Medium,
        repository.Place.Site,
        repository.IsImmutable,
        repository.LockPolicy is { } locks ? Scalars.Word(locks.Mode) : null,
        repository.LockPolicy?.RetentionDays);
}
