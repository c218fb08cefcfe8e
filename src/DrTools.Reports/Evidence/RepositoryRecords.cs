using DrTools.Drills;
using DrTools.Drills.Actions;
using DrTools.Repositories.Journal;

namespace DrTools.Reports.Evidence;

/// <summary>What the journal of a repository says, with the hash of each record and the results of drills that they name.</summary>
internal sealed record RepositoryRecords
{
    /// <summary>Its name in the plan, or its location.</summary>
    public required string Name { get; init; }

    /// <summary>Its identity; none when it could not be opened.</summary>
    public Guid? Id { get; init; }

    /// <summary>Where it is.</summary>
    public required string Location { get; init; }

    /// <summary>Every record, also those that are damaged, in the order of their numbers.</summary>
    public IReadOnlyList<JournalLink> Links { get; init; } = [];

    /// <summary>The results of drills, by the number of the record that names each.</summary>
    public IReadOnlyDictionary<long, DrillRecord> Drills { get; init; } = new Dictionary<long, DrillRecord>();

    /// <summary>What people have said of improvement actions, by the number of the record that names each; only what is as the
    /// journal names it.</summary>
    public IReadOnlyDictionary<long, ActionEntry> Actions { get; init; } = new Dictionary<long, ActionEntry>();

    /// <summary>What is wrong with the journal or with what it names: the object, and what.</summary>
    public IReadOnlyList<(string Name, string Problem)> Problems { get; init; } = [];

    /// <summary>What reports are sealed with: it follows from the repository's key, and the key does not follow from it.</summary>
    public byte[] SealKey { get; init; } = [];

    /// <summary>Records that are whole.</summary>
    public IEnumerable<RunRecord> Runs => Links.Where(l => l.Record is not null).Select(l => l.Record!);

    /// <summary>Number and hash of the last record.</summary>
    public (long Sequence, string Hash) Head => Links.Count == 0 ? (0, string.Empty) : (Links[^1].Sequence, Links[^1].Hash);

    /// <summary>The same as it was when a record was the last one.</summary>
    public RepositoryRecords UpTo(long sequence) => this with
    {
        Links = [.. Links.Where(l => l.Sequence <= sequence)],
        Drills = Drills.Where(d => d.Key <= sequence).ToDictionary(),
        Actions = Actions.Where(a => a.Key <= sequence).ToDictionary(),
    };
}

/// <summary>The result of a drill, as the repository has it.</summary>
/// <param name="Object">Name of the object.</param>
/// <param name="Recorded">Its hash as the journal has it.</param>
/// <param name="Found">Its hash as it is; none when it is missing.</param>
/// <param name="Result">What is in it; none when it cannot be opened.</param>
internal sealed record DrillRecord(string Object, string Recorded, string? Found, DrillResult? Result)
{
    /// <summary>Whether the object is the one that the journal names.</summary>
    public bool IsGenuine => Found == Recorded && Result is not null;
}
