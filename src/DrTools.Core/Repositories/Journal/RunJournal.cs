using System.Security.Cryptography;
using System.Text.Json;
using DrTools.Stores;

namespace DrTools.Repositories.Journal;

/// <summary>
/// The journal: objects <c>journal/NNNNNNNNNN</c>, each naming the hash of the one before. Of several writers of one
/// number only one wins and the others take the next, so the chain never forks.
/// </summary>
public sealed class RunJournal
{
    internal const string Prefix = "journal/";

    private const int MaximumAttempts = 100;

    private static readonly string Origin = new('0', 64);

    private readonly Repository _repository;

    internal RunJournal(Repository repository) => _repository = repository;

    /// <summary>Appends a record.</summary>
    /// <returns>The record as it stands in the journal.</returns>
    /// <exception cref="DrException">The store failed.</exception>
    internal async ValueTask<RunRecord> AppendAsync(RunRecord run, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            var (last, hash) = await ReadHeadAsync(cancellationToken).ConfigureAwait(false);
            var record = run with { Sequence = last + 1, Previous = hash };
            var name = NumberedName.Of(Prefix, record.Sequence);
            var content = _repository.Seal(EnvelopeKind.JournalRecord, name, JsonSerializer.SerializeToUtf8Bytes(record, RepositoryJson.Default.RunRecord));
            if (await _repository.Store.TryPutAsync(name, content, cancellationToken).ConfigureAwait(false))
            {
                return record;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(10 << Math.Min(attempt, 4))), _repository.Time, cancellationToken).ConfigureAwait(false);
        }

        throw new DrException(
            DrError.StoreFailure,
            $"The journal of {_repository.Location} cannot be continued: {MaximumAttempts} times in a row the next number was taken.",
            "Run a verification, and see what else is writing there.");
    }

    /// <summary>Appends the record of an operation whose work is done and stands: a store that cannot take the record (a
    /// repository mounted read-only, a full disk) must not turn that into a failure.</summary>
    /// <returns>A note for the user when the record could not be written; otherwise <see langword="null"/>.</returns>
    internal async ValueTask<string?> TryAppendAsync(RunRecord run)
    {
        try
        {
            await AppendAsync(run, CancellationToken.None).ConfigureAwait(false);
            return null;
        }
        catch (DrException e) when (e.Error is DrError.StoreReadOnly or DrError.OutOfSpace or DrError.StoreFailure
            or DrError.StoreUnreachable or DrError.StoreMissing or DrError.StoreDenied or DrError.ClockSkew)
        {
            return $"The journal has no record of this: {e.Message}";
        }
    }

    /// <summary>Number and hash of the last record; 0 and zeros when there is none.</summary>
    internal async ValueTask<(long Sequence, string Hash)> ReadHeadAsync(CancellationToken cancellationToken)
    {
        StoredObject? last = null;
        var sequence = 0L;
        await foreach (var stored in _repository.Store.ListAsync(Prefix, cancellationToken).ConfigureAwait(false))
        {
            if (NumberedName.TryParse(Prefix, stored.Name) is { } number)
            {
                (last, sequence) = (stored, number);
            }
        }

        if (last is not { } head)
        {
            return (0, Origin);
        }

        var content = await _repository.Store.ReadAllAsync(head, MaximumLength, cancellationToken).ConfigureAwait(false);
        return (sequence, Convert.ToHexStringLower(SHA256.HashData(content)));
    }

    /// <summary>The last records, oldest first.</summary>
    /// <param name="last">How many at most.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DrException"><see cref="DrError.IntegrityFailure"/> naming the record that is damaged.</exception>
    public async ValueTask<IReadOnlyList<RunRecord>> ReadAsync(int last, CancellationToken cancellationToken)
    {
        var objects = await _repository.Store.ListAllAsync(Prefix, cancellationToken).ConfigureAwait(false);
        var records = new List<RunRecord>();
        foreach (var stored in objects.Where(o => NumberedName.TryParse(Prefix, o.Name) is not null).TakeLast(last))
        {
            records.Add(Parse(stored, await _repository.OpenAsync(EnvelopeKind.JournalRecord, stored, cancellationToken).ConfigureAwait(false)));
        }

        return records;
    }

    /// <summary>Checks the whole chain.</summary>
    /// <param name="anchors">Hashes of records that manifests vouch for, by number.</param>
    /// <param name="read">Takes every record; its content only when that is whole.</param>
    /// <param name="cancellationToken">Stops the check.</param>
    /// <returns>What is wrong, naming the record; empty when nothing is.</returns>
    internal async ValueTask<List<(string Name, string Problem)>> VerifyAsync(IReadOnlyDictionary<long, string> anchors, Action<JournalLink> read, CancellationToken cancellationToken)
    {
        var problems = new List<(string, string)>();
        var (expectedSequence, expectedPrevious) = (1L, Origin);
        var missingAnchors = new SortedDictionary<long, string>(anchors.ToDictionary());
        await foreach (var stored in _repository.Store.ListAsync(Prefix, cancellationToken).ConfigureAwait(false))
        {
            if (NumberedName.TryParse(Prefix, stored.Name) is not { } sequence)
            {
                problems.Add((stored.Name, "it does not belong in the journal"));
                continue;
            }

            if (expectedSequence < sequence)
            {
                problems.Add((
                    NumberedName.Of(Prefix, expectedSequence),
                    expectedSequence + 1 == sequence
                        ? "the record is missing from the journal"
                        : $"the records {expectedSequence} to {sequence - 1} are missing from the journal"));
            }

            var hash = string.Empty;
            RunRecord? whole = null;
            try
            {
                var content = await _repository.Store.ReadAllAsync(stored, MaximumLength, cancellationToken).ConfigureAwait(false);
                hash = Convert.ToHexStringLower(SHA256.HashData(content));
                var record = Parse(stored, Envelope.Open(_repository.Key, _repository.Id, EnvelopeKind.JournalRecord, stored.Name, content));
                whole = record;
                if (record.Sequence != sequence || record.Previous != expectedPrevious)
                {
                    problems.Add((stored.Name, "the record does not follow from the one before it"));
                }
            }
            catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
            {
                problems.Add((stored.Name, "the record is damaged"));
            }

            read(new JournalLink(sequence, hash, whole));
            if (missingAnchors.Remove(sequence, out var anchor) && anchor != hash)
            {
                problems.Add((stored.Name, "the record is not the one that a backup vouches for"));
            }

            (expectedSequence, expectedPrevious) = (sequence + 1, hash);
        }

        problems.AddRange(missingAnchors.Keys.Where(s => s >= expectedSequence).Select(s => ($"{Prefix}{s:D10}", "the journal ends before a record that a backup vouches for")));
        return problems;
    }

    private static int MaximumLength => Envelope.MaximumLength(EnvelopeKind.JournalRecord);

    private static RunRecord Parse(StoredObject stored, byte[] content) =>
        Envelope.ReadJson(stored.Name, content, RepositoryJson.Default.RunRecord);
}

/// <summary>A record in the chain.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Hash">SHA-256 of its object as stored, hexadecimal; empty when it could not be read.</param>
/// <param name="Record">The record; <see langword="null"/> when it is damaged.</param>
internal readonly record struct JournalLink(long Sequence, string Hash, RunRecord? Record);
