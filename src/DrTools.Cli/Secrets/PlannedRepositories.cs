using DrTools.Cli.Wal;
using DrTools.Plans;

namespace DrTools.Cli.Secrets;

/// <summary>Repositories that were given, as a plan would have them.</summary>
internal static class PlannedRepositories
{
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> when the secrets do not fit the repositories.</exception>
    public static IReadOnlyList<PlannedRepository> Of(LogRepositoryChoice choice)
    {
        var locations = choice.Locations.Length == 0 && Environment.GetEnvironmentVariable("DRTOOLS_REPOSITORY") is not { Length: > 0 } ? [] : WalRepositories.Locations(choice);
        if (locations.Length == 0)
        {
            return [];
        }

        var secrets = WalRepositories.Secrets(choice, locations.Length);
        return
        [
            .. locations.Select((location, i) => PlannedName.Is(location) ? PlannedName.Repository(location) : new PlannedRepository
            {
                Name = location,
                Location = location.Contains("://", StringComparison.Ordinal) ? location : Path.GetFullPath(location),
                Passphrase = secrets[i].PassphraseFile is { } file ? new SecretReference(SecretPlace.File, Path.GetFullPath(file)) : null,
                KeyFile = secrets[i].KeyFile is { } key ? Path.GetFullPath(key) : null,
            }),
        ];
    }
}
