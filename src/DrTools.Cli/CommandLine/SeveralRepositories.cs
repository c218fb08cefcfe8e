using DrTools.Cli.Secrets;
using DrTools.Cli.Wal;
using DrTools.Plans;
using DrTools.Repositories;

namespace DrTools.Cli.CommandLine;

/// <summary>The repositories of a command that takes several. One that cannot be opened keeps the others from nothing.</summary>
internal sealed class SeveralRepositories : IAsyncDisposable
{
    private readonly List<Repository> _opened = [];
    private readonly List<(string Location, DrException Error)> _failed = [];
    private readonly Dictionary<string, Repository> _byName = new(StringComparer.OrdinalIgnoreCase);

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

    /// <summary>Those of a plan.</summary>
    /// <param name="run">The run.</param>
    /// <param name="planned">The repositories.</param>
    /// <param name="otherwise">What opens those of which the plan does not say it.</param>
    public static async Task<SeveralRepositories> OpenAsync(CommandRun run, IEnumerable<PlannedRepository> planned, SecretChoice otherwise)
    {
        var repositories = new SeveralRepositories();
        var opener = new PlanRepositories(PlanAccess.Secrets(otherwise));
        foreach (var one in planned)
        {
            try
            {
                var repository = await opener.OpenAsync(one, run.Cancellation).ConfigureAwait(false);
                repositories._opened.Add(repository);
                repositories._byName.Add(one.Name, repository);
                run.Output.Step($"Opened {repository.Location}, the repository {one.Name} of the plan.");
            }
            catch (DrException e)
            {
                repositories._failed.Add((one.Location, e));
            }
        }

        return repositories;
    }

    /// <summary>One of a plan, by its name there; <see langword="null"/> when it is not open.</summary>
    public Repository? Find(string name) => _byName.GetValueOrDefault(name);

    public async ValueTask DisposeAsync()
    {
        foreach (var repository in _opened)
        {
            await repository.DisposeAsync().ConfigureAwait(false);
        }
    }
}
