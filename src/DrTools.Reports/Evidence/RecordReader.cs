using System.Security.Cryptography;
using DrTools.Backup;
using DrTools.Drills;
using DrTools.Drills.History;
using DrTools.Repositories;
using DrTools.Repositories.Drills;
using DrTools.Repositories.Journal;
using DrTools.Stores;

namespace DrTools.Reports.Evidence;

/// <summary>Reads journals, checks their chains, and reads the results of drills that they name. Damage is no error here: it is
/// what is to be reported.</summary>
internal static class RecordReader
{
    /// <summary>Reads a repository.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="repository">The repository.</param>
    /// <param name="drillsFrom">Results of drills that were started before are not read.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="DrException">The store failed.</exception>
    public static async Task<RepositoryRecords> ReadAsync(string name, Repository repository, DateTimeOffset drillsFrom, CancellationToken cancellationToken)
    {
        var problems = new List<(string, string)>();
        var anchors = new Dictionary<long, string>();

        // A manifest names the record that was the last one when it was made: so a journal whose end was cut off shows.
        foreach (var backup in await new BackupCatalog(repository).ListAsync(new BackupFilter(), cancellationToken, e => problems.Add((e.Subject ?? repository.Location, e.Message))).ConfigureAwait(false))
        {
            if (backup.JournalHash is { } hash)
            {
                anchors[backup.JournalSequence] = hash;
            }
        }

        var links = new List<JournalLink>();
        problems.AddRange(await repository.Journal.VerifyAsync(anchors, links.Add, cancellationToken).ConfigureAwait(false));
        var drills = new Dictionary<long, DrillRecord>();
        var present = (await repository.Drills.ListAsync(cancellationToken).ConfigureAwait(false)).ToDictionary(o => o.Name, StringComparer.Ordinal);
        foreach (var link in links.Where(l => l.Record is { ObjectName: not null, ObjectHash: not null }))
        {
            var (subject, recorded) = (link.Record!.ObjectName!, link.Record.ObjectHash!);
            if (!present.Remove(subject, out var stored))
            {
                problems.Add((subject, $"the result of a drill is missing, which record {link.Sequence} of the journal names"));
                drills[link.Sequence] = new DrillRecord(subject, recorded, null, null);
            }
            else if (link.Record.Started >= drillsFrom)
            {
                drills[link.Sequence] = await ReadAsync(repository, stored, recorded, link.Sequence, problems, cancellationToken).ConfigureAwait(false);
            }
        }

        problems.AddRange(present.Keys.Select(stray => (stray, "no record of the journal names this result of a drill")));
        return new RepositoryRecords { Name = name, Id = repository.Id, Location = repository.Location, Links = links, Drills = drills, Problems = problems, SealKey = repository.Key.Authenticate(ReportSeal.Purpose, []) };
    }

    private static async Task<DrillRecord> ReadAsync(Repository repository, StoredObject stored, string recorded, long sequence, List<(string, string)> problems, CancellationToken cancellationToken)
    {
        string? found = null;
        DrillResult? result = null;
        try
        {
            var content = await repository.Store.ReadAllAsync(stored, Envelope.MaximumLength(EnvelopeKind.Drill), cancellationToken).ConfigureAwait(false);
            found = Convert.ToHexStringLower(SHA256.HashData(content));
            result = Envelope.ReadJson(stored.Name, Envelope.Open(repository.Key, repository.Id, EnvelopeKind.Drill, stored.Name, content), DrillJson.Default.DrillResult);
        }
        catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
        {
            problems.Add((stored.Name, $"the result of the drill is damaged, which record {sequence} of the journal names"));
        }

        if (found is not null && found != recorded && result is not null)
        {
            problems.Add((stored.Name, $"this is not the result of the drill that record {sequence} of the journal names: it was exchanged or altered"));
        }

        return new DrillRecord(stored.Name, recorded, found, found == recorded ? result : null);
    }
}
