using System.Security.Cryptography;
using System.Text.Json.Serialization.Metadata;
using DrTools.Backup;
using DrTools.Drills;
using DrTools.Drills.Actions;
using DrTools.Drills.History;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Repositories.Records;
using DrTools.Stores;

namespace DrTools.Reports.Evidence;

/// <summary>Reads a journal, checks its chain, and reads what its records name: results of drills, and what was said of improvement
/// actions. Damage is no error here: it is what is to be reported.</summary>
internal sealed class RecordReader
{
    private readonly Repository _repository;
    private readonly List<(string Name, string Problem)> _problems = [];
    private readonly HashSet<string> _before = new(StringComparer.Ordinal);

    private RecordReader(Repository repository) => _repository = repository;

    /// <summary>Reads a repository.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="repository">The repository.</param>
    /// <param name="drillsFrom">Results of drills that were started before are not read.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException">The store failed.</exception>
    public static Task<RepositoryRecords> ReadAsync(string name, Repository repository, DateTimeOffset drillsFrom, CancellationToken cancellationToken) =>
        new RecordReader(repository).ReadAsync(name, drillsFrom, cancellationToken);

    private async Task<RepositoryRecords> ReadAsync(string name, DateTimeOffset drillsFrom, CancellationToken cancellationToken)
    {
        // An object comes before the record that names it. So what is there before the journal is read and is not named in it is strange;
        // what comes meanwhile is not.
        foreach (var store in new[] { _repository.Drills, _repository.Actions })
        {
            _before.UnionWith((await store.ListAsync(cancellationToken).ConfigureAwait(false)).Select(o => o.Name));
        }

        var links = await ReadJournalAsync(cancellationToken).ConfigureAwait(false);
        var drills = new Dictionary<long, DrillRecord>();
        await foreach (var (sequence, subject, recorded, found, result) in ReadNamedAsync(_repository.Drills, RecordStore.Drills, EnvelopeKind.Drill, "the result of a drill", DrillJson.Default.DrillResult, links, drillsFrom, cancellationToken).ConfigureAwait(false))
        {
            drills[sequence] = new DrillRecord(subject, recorded, found, found == recorded ? result : null);
        }

        var actions = new Dictionary<long, ActionEntry>();
        await foreach (var (sequence, _, recorded, found, entry) in ReadNamedAsync(_repository.Actions, RecordStore.Actions, EnvelopeKind.ActionEntry, "what was said of an action", ActionJson.Default.ActionEntry, links, DateTimeOffset.MinValue, cancellationToken).ConfigureAwait(false))
        {
            if (found == recorded && entry is not null)
            {
                actions[sequence] = entry;
            }
        }

        return new RepositoryRecords
        {
            Name = name,
            Id = _repository.Id,
            Location = _repository.Location,
            Links = links,
            Drills = drills,
            Actions = actions,
            Problems = _problems,
            SealKey = _repository.Key.Authenticate(ReportSeal.Purpose, []),
        };
    }

    private async Task<List<JournalLink>> ReadJournalAsync(CancellationToken cancellationToken)
    {
        // A manifest names the record that was the last one when it was made: so a journal whose end was cut off shows.
        var anchors = new Dictionary<long, string>();
        foreach (var backup in await new BackupCatalog(_repository).ListAsync(new BackupFilter(), cancellationToken, e => _problems.Add((e.Subject ?? _repository.Location, e.Message))).ConfigureAwait(false))
        {
            if (backup.JournalHash is { } hash)
            {
                anchors[backup.JournalSequence] = hash;
            }
        }

        var links = new List<JournalLink>();
        _problems.AddRange(await _repository.Journal.VerifyAsync(anchors, links.Add, cancellationToken).ConfigureAwait(false));
        return links;
    }

    /// <summary>Objects of a kind that records name.</summary>
    private async IAsyncEnumerable<(long Sequence, string Name, string Recorded, string? Found, T? Content)> ReadNamedAsync<T>(
        RecordStore store, string prefix, EnvelopeKind kind, string what, JsonTypeInfo<T> type, List<JournalLink> links, DateTimeOffset from, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        var present = (await store.ListAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(o => o.Name, StringComparer.Ordinal);
        foreach (var link in links.Where(l => l.Record is { ObjectName: { } name, ObjectHash: not null } && name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var (name, recorded) = (link.Record!.ObjectName!, link.Record.ObjectHash!);
            if (!present.Remove(name, out var stored))
            {
                _problems.Add((name, $"{what} is missing, which record {link.Sequence} of the journal names"));
                yield return (link.Sequence, name, recorded, null, null);
            }
            else if (link.Record.Started >= from)
            {
                var (found, content) = await ReadAsync(stored, kind, type, cancellationToken).ConfigureAwait(false);
                if (content is null)
                {
                    _problems.Add((name, $"{what} is damaged, which record {link.Sequence} of the journal names"));
                }
                else if (found != recorded)
                {
                    _problems.Add((name, $"this is not {what} that record {link.Sequence} of the journal names: it was exchanged or altered"));
                }

                yield return (link.Sequence, name, recorded, found, content);
            }
        }

        _problems.AddRange(present.Keys.Where(_before.Contains).Select(stray => (stray, $"no record of the journal names {what} that is here")));
    }

    private async Task<(string? Hash, T? Content)> ReadAsync<T>(StoredObject stored, EnvelopeKind kind, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        string? hash = null;
        try
        {
            var content = await _repository.Store.ReadAllAsync(stored, Envelope.MaximumLength(kind), cancellationToken).ConfigureAwait(false);
            hash = Convert.ToHexStringLower(SHA256.HashData(content));
            return (hash, Envelope.ReadJson(stored.Name, Envelope.Open(_repository.Key, _repository.Id, kind, stored.Name, content), type));
        }
        catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
        {
            return (hash, null);
        }
    }
}
