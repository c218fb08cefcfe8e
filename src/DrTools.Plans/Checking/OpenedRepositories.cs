using DrTools.Backup;
using DrTools.Repositories;

namespace DrTools.Plans.Checking;

/// <summary>The repositories of a plan, as many as can be opened, and what is in them.</summary>
internal sealed class OpenedRepositories : IAsyncDisposable
{
    private readonly Dictionary<string, Repository> _opened = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, DrException> _failed = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, IReadOnlyList<BackupInfo>> _backups = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<Repository> All => [.. _opened.Values];

    /// <summary>Those that cannot be used, and why.</summary>
    public IReadOnlyDictionary<string, DrException> Failed => _failed;

    /// <summary>Manifests that cannot be read, by repository.</summary>
    public List<(string Repository, DrException Damage)> Damaged { get; } = [];

    public static async Task<OpenedRepositories> OpenAsync(IEnumerable<PlannedRepository> repositories, PlanRepositories opener, CancellationToken cancellationToken)
    {
        var opened = new OpenedRepositories();
        foreach (var planned in repositories)
        {
            try
            {
                var repository = await opener.OpenAsync(planned, cancellationToken).ConfigureAwait(false);
                opened._opened.Add(planned.Name, repository);
                opened._backups[planned.Name] = await new BackupCatalog(repository)
                    .ListAsync(new BackupFilter(), cancellationToken, e => opened.Damaged.Add((planned.Name, e))).ConfigureAwait(false);
            }
            catch (DrException e)
            {
                opened._failed[planned.Name] = e;
            }
        }

        return opened;
    }

    /// <summary>An open one; <see langword="null"/> when it cannot be used.</summary>
    public Repository? Find(string name) => _failed.ContainsKey(name) ? null : _opened.GetValueOrDefault(name);

    /// <summary>Every backup in an open repository.</summary>
    public IReadOnlyList<BackupInfo> BackupsIn(string repository) => _backups[repository];

    /// <summary>Backups of a source in an open repository, the oldest first.</summary>
    public IReadOnlyList<BackupInfo> Backups(string repository, PlannedSource source) =>
        [.. _backups[repository].Where(b => b.Source == source.Source && b.Host == (source.Host ?? Environment.MachineName))];

    public async ValueTask DisposeAsync()
    {
        foreach (var repository in _opened.Values)
        {
            await repository.DisposeAsync().ConfigureAwait(false);
        }
    }
}
