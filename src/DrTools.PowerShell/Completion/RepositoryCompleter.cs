using System.Collections;
using System.Security;
using DrTools.Backup;
using DrTools.Plans;
using DrTools.PowerShell.Commands;
using DrTools.Repositories;
using DrTools.Repositories.Keys;

namespace DrTools.PowerShell.Completion;

/// <summary>Completes from the repository that the command line names.</summary>
public abstract class RepositoryCompleter : LiveCompleter
{
    private protected sealed override IEnumerable<(string Text, string Description)> Candidates(IDictionary bound) =>
        Candidates(Read(stop => Start(bound, stop)), bound);

    /// <summary>What can be written here.</summary>
    private protected abstract IEnumerable<(string Text, string Description)> Candidates(IReadOnlyList<BackupInfo> backups, IDictionary bound);

    private static Task<IReadOnlyList<BackupInfo>>? Start(IDictionary bound, CancellationToken cancellationToken)
    {
        var named = Unwrap(bound["Repository"]) ?? Environment.GetEnvironmentVariable(RepositoryOpener.RepositoryVariable);
        return named switch
        {
            null or "" => null,
            DrRepository repository => Task.Run(() => ListAsync(repository.Opened, cancellationToken).AsTask(), cancellationToken),
            RepositoryReference { Repository: { } repository } => Task.Run(() => ListAsync(repository.Opened, cancellationToken).AsTask(), cancellationToken),
            _ => Start(named.ToString()!, bound, cancellationToken),
        };
    }

    private static Task<IReadOnlyList<BackupInfo>> Start(string location, IDictionary bound, CancellationToken cancellationToken)
    {
        var paths = SessionPaths();
        if (PlannedName.Is(location))
        {
            var planned = PlannedName.Repository(SessionPath.DefaultPlan(paths), location);
            return Task.Run(() => ReadAsync(planned.Location, new PlanRepositories(new PlanSecrets { Otherwise = () => RepositorySecret.Choose(null, null) }).Credential(planned), cancellationToken), cancellationToken);
        }

        var resolved = SessionPath.ResolveLocation(paths, location);
        var keyFile = Unwrap(bound["KeyFile"]) is string file ? SessionPath.Resolve(paths, file) : null;
        return Task.Run(() => ReadAsync(resolved, RepositorySecret.Choose(Unwrap(bound["Passphrase"]) as SecureString, keyFile), cancellationToken), cancellationToken);
    }

    private static async Task<IReadOnlyList<BackupInfo>> ReadAsync(string location, RepositoryCredential credential, CancellationToken cancellationToken)
    {
        using (credential)
        {
            var opened = await new RepositoryFactory().OpenAsync(location, credential, cancellationToken).ConfigureAwait(false);
            await using (opened.ConfigureAwait(false))
            {
                return await ListAsync(opened, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static ValueTask<IReadOnlyList<BackupInfo>> ListAsync(Repository repository, CancellationToken cancellationToken) =>
        new BackupCatalog(repository).ListAsync(new BackupFilter(), cancellationToken, _ => { });
}
