using System.Text.Json;
using DrTools.Repositories;
using DrTools.Repositories.Journal;

namespace DrTools.Drills.Actions;

/// <summary>What people have said of actions, in the repository that keeps the drills.</summary>
internal sealed class ActionLog(Repository repository)
{
    /// <summary>The journal's word for a change of an action.</summary>
    public const string Operation = "action";

    /// <summary>Keeps an entry, and records it in the journal with the hash of what is kept.</summary>
    /// <exception cref="DrException">What the store says.</exception>
    public async Task AddAsync(ActionEntry entry, string what, CancellationToken cancellationToken)
    {
        var (name, hash) = await repository.Actions.PutAsync(entry.Id, JsonSerializer.SerializeToUtf8Bytes(entry, ActionJson.Default.ActionEntry), cancellationToken).ConfigureAwait(false);
        var record = new RunRecord
        {
            Operation = Operation,
            Outcome = RunOutcome.Succeeded,
            Started = entry.At,
            Finished = entry.At,
            User = entry.User,
            Host = entry.Host,
            Mode = entry.Action,
            Reason = entry.Change.Note,
            Detail = what,
            ObjectName = name,
            ObjectHash = hash,
        };
        await repository.Journal.AppendAsync(record, cancellationToken).ConfigureAwait(false);
    }

    /// <param name="damaged">Takes what is wrong with one that cannot be read; without it that ends the list.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/> naming one that is damaged.</exception>
    public async Task<IReadOnlyList<ActionEntry>> ListAsync(Action<DrException>? damaged, CancellationToken cancellationToken)
    {
        var entries = new List<ActionEntry>();
        foreach (var stored in await repository.Actions.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                entries.Add(Envelope.ReadJson(stored.Name, await repository.Actions.ReadAsync(stored, cancellationToken).ConfigureAwait(false), ActionJson.Default.ActionEntry));
            }
            catch (DrException e) when (e.Error == DrError.IntegrityFailure && damaged is not null)
            {
                damaged(e);
            }
        }

        return entries;
    }
}
