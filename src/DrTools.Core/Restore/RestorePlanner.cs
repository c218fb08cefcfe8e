using System.Runtime.CompilerServices;
using DrTools.Backup;
using DrTools.Repositories;
using DrTools.Repositories.Journal;
using DrTools.Repositories.Manifests;
using DrTools.Trees;

namespace DrTools.Restore;

/// <summary>Finds out what a restore would do, by reading the manifest and looking at the target.</summary>
internal sealed class RestorePlanner(Repository repository, ManifestRoot manifest, RestoreOptions options)
{
    private const int ReplacedNamed = 20;

    /// <summary>How many of the last journal records are looked through for rates.</summary>
    private const int RecentRuns = 1000;

    private readonly List<string> _damage = [];

    public async Task<RestorePlan> PlanAsync(RestoreTarget target, CancellationToken cancellationToken)
    {
        var plan = new RestorePlan { Backup = manifest.Info, Target = target.Path, FreeBytes = target.FreeBytes, Resumes = target.Resumes };
        long files = 0, directories = 0, others = 0, bytes = 0, replaced = 0;
        var named = new List<string>();
        var selection = new RestoreSelection(options.Include);
        var folders = new List<TreeEntry>();
        using var reader = new ManifestReader(repository, manifest, manifest.NewPackTable());
        var chosen = false;
        await foreach (var record in ReadAsync(reader, cancellationToken).ConfigureAwait(false))
        {
            if (record.Entry is { } entry)
            {
                folders.Clear();
                chosen = selection.Take(entry, folders);
                directories += folders.Count;
            }
            else
            {
                entry = null;
            }

            if (!chosen)
            {
                continue;
            }

            bytes += record.Extents.Where(e => !e.IsHole).Sum(e => e.Length);
            switch (entry?.Kind)
            {
                case null:
                    continue;
                case EntryKind.Directory:
                    directories++;
                    continue;
                case EntryKind.File or EntryKind.HardLink:
                    files++;
                    break;
                default:
                    others++;
                    break;
            }

            if (target.IsInUse && target.Holds(entry.Path))
            {
                replaced++;
                if (named.Count < ReplacedNamed)
                {
                    named.Add(entry.DisplayPath);
                }
            }
        }

        plan = plan with
        {
            Files = files,
            Directories = directories,
            Others = others,
            Bytes = bytes,
            ReplacedCount = replaced,
            Replaced = named,
            ExpectedDuration = await ExpectAsync(bytes, files + directories + others, cancellationToken).ConfigureAwait(false),
        };
        return plan with { Obstacles = [.. FindObstacles(plan, target)] };
    }

    /// <summary>Reads around damaged blocks, as the restore itself does.</summary>
    private async IAsyncEnumerable<ManifestRecord> ReadAsync(ManifestReader reader, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var block in manifest.Blocks)
        {
            IReadOnlyList<ManifestRecord> records = [];
            try
            {
                records = await reader.ReadBlockAsync(block, cancellationToken).ConfigureAwait(false);
            }
            catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
            {
                _damage.Add($"Entries from {TreePath.Display(block.FirstPath)} on would be missing: a block of the manifest is lost.");
            }

            foreach (var record in records)
            {
                yield return record;
            }
        }
    }

    private IEnumerable<string> FindObstacles(RestorePlan plan, RestoreTarget target)
    {
        if (target.IsInUse && !plan.Resumes && !options.Force)
        {
            yield return target.IsFile
                ? $"{plan.Target} exists already; it is replaced only with --force (-Force)."
                : $"{plan.Target} is not empty; entries in it are replaced only with --force (-Force).";
        }

        if (!plan.Fits)
        {
            yield return $"{Figures.Bytes(plan.Bytes)} are needed and {Figures.Bytes(plan.FreeBytes)} are free at {plan.Target}.";
        }

        foreach (var damage in _damage)
        {
            yield return damage;
        }

        if (plan.Files + plan.Directories + plan.Others == 0)
        {
            yield return "No entry of the backup matches.";
        }
    }

    /// <summary>The slower of what the bytes and what the number of entries suggest, by the median rates of earlier
    /// restores.</summary>
    private async ValueTask<TimeSpan?> ExpectAsync(long bytes, long entries, CancellationToken cancellationToken)
    {
        var runs = (await repository.Journal.ReadAsync(RecentRuns, cancellationToken).ConfigureAwait(false))
            .Where(r => r is { Operation: "restore", Outcome: RunOutcome.Succeeded } && r.Duration > TimeSpan.Zero)
            .ToList();
        if (runs.Count == 0)
        {
            return null;
        }

        static double Median(IEnumerable<double> values)
        {
            var sorted = values.Order().ToList();
            return sorted[sorted.Count / 2];
        }

        var byBytes = bytes / Math.Max(1, Median(runs.Select(r => r.Bytes / r.Duration.TotalSeconds)));
        var byEntries = entries / Math.Max(1, Median(runs.Select(r => r.Entries / r.Duration.TotalSeconds)));
        return TimeSpan.FromSeconds(Math.Max(byBytes, byEntries));
    }
}
