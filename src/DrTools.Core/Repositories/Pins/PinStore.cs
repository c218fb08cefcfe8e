using System.Text.Json;
using DrTools.Stores;

namespace DrTools.Repositories.Pins;

/// <summary>Why a backup may not be removed.</summary>
internal sealed record PinRecord(string? Reason, string User, DateTimeOffset PinnedAt);

/// <summary>Pins: objects <c>pins/BACKUP</c>, created to protect a backup from removal and removed to release it.</summary>
internal sealed class PinStore(Repository repository)
{
    public const string Prefix = "pins/";

    /// <returns><see langword="false"/> when it was pinned already.</returns>
    public ValueTask<bool> PinAsync(string backupId, string? reason, CancellationToken cancellationToken)
    {
        var name = Prefix + backupId;
        var record = new PinRecord(reason, Environment.UserName, repository.Time.GetUtcNow());
        var content = JsonSerializer.SerializeToUtf8Bytes(record, RepositoryJson.Default.PinRecord);
        return repository.Store.TryPutAsync(name, repository.Seal(EnvelopeKind.Pin, name, content), cancellationToken);
    }

    /// <returns><see langword="false"/> when it was not pinned.</returns>
    public ValueTask<bool> UnpinAsync(string backupId, CancellationToken cancellationToken) =>
        repository.Store.DeleteAsync(Prefix + backupId, cancellationToken);

    /// <summary>All pins by backup id. A pin that is damaged still pins.</summary>
    public async ValueTask<Dictionary<string, PinRecord>> ListAsync(CancellationToken cancellationToken)
    {
        var pins = new Dictionary<string, PinRecord>(StringComparer.Ordinal);
        await foreach (var stored in repository.Store.ListAsync(Prefix, cancellationToken).ConfigureAwait(false))
        {
            PinRecord? record;
            try
            {
                var content = await repository.OpenAsync(EnvelopeKind.Pin, stored, cancellationToken).ConfigureAwait(false);
                record = Envelope.ReadJson(stored.Name, content, RepositoryJson.Default.PinRecord);
            }
            catch (DrException e) when (e.Error == DrError.ObjectMissing)
            {
                continue;
            }
            catch (DrException e) when (e.Error == DrError.IntegrityFailure)
            {
                record = null;
            }

            pins[stored.Name[Prefix.Length..]] = record ?? new PinRecord("(the pin's reason is damaged)", "?", stored.Created);
        }

        return pins;
    }
}
