using System.Security.Cryptography;
using DrTools.Plans;
using DrTools.Repositories;
using DrTools.Repositories.Keys;

namespace DrTools.Drills;

/// <summary>
/// The keys of repositories when those of the host are lost: from the event on, a repository is opened with the recovery keys
/// that the plan names, and with nothing else. Nothing is changed in it.
/// </summary>
internal sealed class LostKeys(PlanRepositories repositories, DrillRecorder recorder) : IAsyncDisposable
{
    private readonly Dictionary<string, Repository> _opened = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _seen = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Sees that nobody opens the repository without a key: otherwise none is lost.</summary>
    public async Task<string> DetectAsync(ChosenBackup chosen, CancellationToken cancellationToken)
    {
        var name = chosen.Planned.Name;
        if (!_seen.TryGetValue(name, out var seen))
        {
            var (isClosed, detail) = await TryWithoutAsync(chosen, cancellationToken).ConfigureAwait(false);
            recorder.Check(DrillCheckKind.Damage, null, $"{name} does not open without its key", isClosed, detail);
            _seen[name] = seen = detail;
        }

        return seen;
    }

    /// <summary>Opens the repository with what is left. Every recovery key has to open it; the first that does is used.</summary>
    /// <exception cref="DrException">None does: what the first one said.</exception>
    public async Task<Repository> OpenAsync(ChosenBackup chosen, CancellationToken cancellationToken)
    {
        var planned = chosen.Planned;
        if (_opened.TryGetValue(planned.Name, out var opened))
        {
            return opened;
        }

        DrException? failure = null;
        foreach (var key in planned.RecoveryKeys)
        {
            var name = $"Recovery key of {planned.Name}: {key}";
            try
            {
                var repository = await repositories.OpenAsync(planned, key, cancellationToken).ConfigureAwait(false);
                var slot = OpenerOf(repository);
                recorder.Check(DrillCheckKind.Recovered, null, name, true, $"it opens as key {slot.Id}{(slot.Label is { } label ? $" ({label})" : string.Empty)}");
                if (slot.Id == OpenerOf(chosen.Repository).Id)
                {
                    recorder.Find(null, $"The recovery key of {planned.Name} ({key}) is a copy of the one that is lost: it helps when that is lost, and not when it is stolen and has to be removed.", "Add a key of its own: drtools key add (Add-DrRepositoryKey).");
                }

                if (!_opened.TryAdd(planned.Name, repository))
                {
                    await repository.DisposeAsync().ConfigureAwait(false);
                }
            }
            catch (DrException e)
            {
                failure ??= e;
                recorder.Check(DrillCheckKind.Recovered, null, name, false, e.Message);
            }
        }

        return _opened.TryGetValue(planned.Name, out opened)
            ? opened
            : throw failure ?? new DrException(DrError.KeyRequired, $"The plan names no recovery key of {planned.Name}.", "Name one (recoveryKeys).");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var repository in _opened.Values)
        {
            await repository.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static RepositoryKeyInfo OpenerOf(Repository repository) => repository.Keys.First(k => k.IsOpener);

    /// <summary>Tries as somebody would who has the repository and any key but one of its own.</summary>
    private static async Task<(bool IsClosed, string Detail)> TryWithoutAsync(ChosenBackup chosen, CancellationToken cancellationToken)
    {
        var name = chosen.Planned.Name;
        if (!chosen.Repository.IsEncrypted)
        {
            return (false, $"{name} is not encrypted: there is no key of it that could be lost");
        }

        using var other = RepositoryCredential.FromPassphrase(Convert.ToHexString(RandomNumberGenerator.GetBytes(16)));
        try
        {
            var opened = await new RepositoryFactory().OpenAsync(chosen.Planned.Location, other, cancellationToken).ConfigureAwait(false);
            await opened.DisposeAsync().ConfigureAwait(false);
            return (false, $"{name} opens with any passphrase");
        }
        catch (DrException e) when (e.Error == DrError.WrongKey)
        {
            return (true, $"{name} refuses another key");
        }
    }
}
