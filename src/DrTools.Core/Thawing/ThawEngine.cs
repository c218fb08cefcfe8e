using System.Collections.Concurrent;
using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Repositories.Manifests;
using DrTools.Stores;

namespace DrTools.Thawing;

/// <summary>Finds out which packs of a backup lie in an archive class, and asks for copies that can be read.</summary>
public sealed class ThawEngine(Repository repository)
{
    private const int AtOnce = 16;

    /// <summary>Times of "Understanding archive retrieval options", Amazon S3 User Guide.</summary>
    private static readonly Dictionary<string, (ThawTier Tier, string Expected)[]> Times = new(StringComparer.Ordinal)
    {
        ["GLACIER"] = [(ThawTier.Expedited, "1 to 5 minutes"), (ThawTier.Standard, "3 to 5 hours"), (ThawTier.Bulk, "5 to 12 hours")],
        ["DEEP_ARCHIVE"] = [(ThawTier.Standard, "within 12 hours"), (ThawTier.Bulk, "within 48 hours")],
    };

    /// <summary>Says what of a backup must be thawed, changing nothing.</summary>
    public Task<ThawResult> PlanAsync(BackupInfo backup, CancellationToken cancellationToken) => RunAsync(backup, null, 0, cancellationToken);

    /// <summary>Asks for everything of a backup that cannot be read.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="tier">How fast.</param>
    /// <param name="days">How many days what is thawed is to stay, from 1.</param>
    /// <param name="cancellationToken">Stops it; running it again asks for the rest.</param>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> for a speed that the class does not have, or what the store
    /// says.</exception>
    public Task<ThawResult> RequestAsync(BackupInfo backup, ThawTier tier, int days, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(days, 1);
        return RunAsync(backup, tier, days, cancellationToken);
    }

    /// <summary>Refuses to go on where something of a backup cannot be read.</summary>
    /// <exception cref="DrException"><see cref="DrError.ObjectArchived"/>.</exception>
    internal async ValueTask RequireReadableAsync(ManifestRoot manifest, CancellationToken cancellationToken)
    {
        if (repository.Store is not IArchivingStore store)
        {
            return;
        }

        var state = await RunAsync(store, manifest, null, 0, cancellationToken).ConfigureAwait(false);
        if (!state.IsReadable)
        {
            throw new DrException(
                DrError.ObjectArchived,
                Describe(state),
                state.Archived == 0
                    ? "Run it again when they are there; drtools thaw (Request-DrBackupThaw) tells how many still are not."
                    : $"Ask for them (drtools thaw {manifest.Info.Id}, Request-DrBackupThaw), and run it again when they are there.")
            { Subject = manifest.Info.Id };
        }
    }

    /// <summary>What is to be said of a backup that cannot be read.</summary>
    internal static string Describe(ThawResult state) =>
        $"{Figures.Count(state.Archived + state.Thawing, "pack")} of {state.Backup.Id} ({Figures.Bytes(state.PendingBytes)}) in {string.Join(" and ", state.StorageClasses)} cannot be read before a copy has been made"
        + (state.Thawing > 0 ? $"; {state.Thawing} of them have been asked for" : string.Empty)
        + (state.Expected.Count > 0 ? $". It takes {string.Join(", ", state.Expected.Select(e => $"{e.Value} ({Word(e.Key)})"))}." : ".");

    private static string Word(ThawTier tier) => tier switch { ThawTier.Bulk => "bulk", ThawTier.Standard => "standard", _ => "expedited" };

    private async Task<ThawResult> RunAsync(BackupInfo backup, ThawTier? tier, int days, CancellationToken cancellationToken)
    {
        var manifest = await repository.Manifests.ReadAsync(backup.Id, cancellationToken).ConfigureAwait(false);
        return repository.Store is IArchivingStore store
            ? await RunAsync(store, manifest, tier, days, cancellationToken).ConfigureAwait(false)
            : new ThawResult { Backup = manifest.Info };
    }

    private static async Task<ThawResult> RunAsync(IArchivingStore store, ManifestRoot manifest, ThawTier? tier, int days, CancellationToken cancellationToken)
    {
        var needed = manifest.Packs.Select(p => p.ObjectName).ToHashSet(StringComparer.Ordinal);
        var archived = new List<ArchivedObject>();
        await foreach (var listed in store.ListArchivedAsync("packs/", cancellationToken).ConfigureAwait(false))
        {
            if (needed.Contains(listed.Name))
            {
                archived.Add(listed);
            }
        }

        if (tier == ThawTier.Expedited && archived.Exists(a => a.StorageClass == "DEEP_ARCHIVE"))
        {
            throw new DrException(DrError.BadUsage, "Objects in DEEP_ARCHIVE cannot be had expedited.", "Choose standard (within 12 hours) or bulk (within 48 hours).");
        }

        var states = new ConcurrentBag<(ArchiveState State, bool Requested, long Length)>();
        await Parallel.ForEachAsync(
            archived,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (pack, stop) =>
            {
                var state = await store.ReadArchiveStateAsync(pack.Name, stop).ConfigureAwait(false);
                var requests = state == ArchiveState.Archived && tier is not null;
                if (requests)
                {
                    await store.RequestThawAsync(pack.Name, tier!.Value, days, stop).ConfigureAwait(false);
                    state = await store.ReadArchiveStateAsync(pack.Name, stop).ConfigureAwait(false);
                }

                states.Add((state, requests, pack.Length));
            }).ConfigureAwait(false);
        var classes = archived.Select(a => a.StorageClass).Distinct().Order(StringComparer.Ordinal).ToList();
        return new ThawResult
        {
            Backup = manifest.Info,
            Readable = states.Count(s => s.State == ArchiveState.Readable),
            Thawing = states.Count(s => s.State == ArchiveState.Thawing),
            Archived = states.Count(s => s.State == ArchiveState.Archived),
            Requested = states.Count(s => s.Requested),
            PendingBytes = states.Where(s => s.State != ArchiveState.Readable).Sum(s => s.Length),
            StorageClasses = classes,
            Expected = Expected(classes),
        };
    }

    /// <summary>The slowest class decides.</summary>
    private static Dictionary<ThawTier, string> Expected(List<string> classes) =>
        classes.Contains("DEEP_ARCHIVE") ? Times["DEEP_ARCHIVE"].ToDictionary(t => t.Tier, t => t.Expected)
        : classes.Contains("GLACIER") ? Times["GLACIER"].ToDictionary(t => t.Tier, t => t.Expected)
        : [];
}
