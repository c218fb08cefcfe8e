using DrTools.Cli.Secrets;
using DrTools.Cli.Wal;
using DrTools.Repositories;

namespace DrTools.Cli.CommandLine;

/// <summary>The repositories of a command that takes several. One that cannot be opened keeps the others from nothing.</summary>
internal sealed class SeveralRepositories : IAsyncDisposable
{
    private readonly List<Repository> _opened = [];
    private readonly List<(string Location, DrException Error)> _failed = [];

    /// <summary>Those that are open, in their order.</summary>
    public IReadOnlyList<Repository> Opened => _opened;

    /// <summary>Those that are not, and why.</summary>
    public IReadOnlyList<(string Location, DrException Error)> Failed => _failed;

    /// <exception cref="DrException"><see cref="DrError.BadUsage"/>.</exception>
    public static async Task<SeveralRepositories> OpenAsync(CommandRun run, LogRepositoryChoice choice)
    {
        var locations = WalRepositories.Locations(choice);
        var secrets = WalRepositories.Secrets(choice, locations.Length);
        var repositories = new SeveralRepositories();
        for (var i = 0; i < locations.Length; i++)
        {
            try
            {
                var repository = await RepositoryOpening.OpenAsync(locations[i], secrets[i], run).ConfigureAwait(false);
                repositories._opened.Add(repository);
                run.Output.Step($"Opened {repository.Location} (repository {repository.Id}, format {repository.FormatVersion}, key protection: {repository.KeyProtection}).");
            }
            catch (DrException e)
            {
                repositories._failed.Add((locations[i], e));
            }
        }

        return repositories;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var repository in _opened)
        {
            await repository.DisposeAsync().ConfigureAwait(false);
        }
    }
}
