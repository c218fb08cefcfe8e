using DrTools.Repositories;
using DrTools.Repositories.Manifests;
using DrTools.Repositories.Packs;
using DrTools.Verification;

namespace DrTools.Copies;

/// <summary>Says which entries of a backup suffer from packs that are damaged.</summary>
internal sealed class DamageReport(Repository repository, ManifestRoot manifest)
{
    /// <param name="damaged">The damaged packs, with what is wrong with each.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async ValueTask<IReadOnlyList<VerifyFinding>> DescribeAsync(IReadOnlyDictionary<Guid, string> damaged, CancellationToken cancellationToken)
    {
        var table = manifest.NewPackTable();
        var affected = new AffectedEntries();
        var verdicts = await VerifyAsync(damaged, cancellationToken).ConfigureAwait(false);
        using var reader = new ManifestReader(repository, manifest, table);
        foreach (var block in manifest.Blocks)
        {
            var path = block.FirstPath;
            List<ManifestRecord> records;
            try
            {
                records = await reader.ReadBlockAsync(block, cancellationToken).ConfigureAwait(false);
            }
            catch (DrException e) when (e.Error is DrError.IntegrityFailure or DrError.ObjectMissing)
            {
                // Of the entries that it lists only the first is known.
                affected.Add(manifest.Packs[block.Frame.Pack].ObjectName, block.FirstPath);
                continue;
            }

            foreach (var record in records)
            {
                path = record.Entry?.Path ?? path;
                foreach (var extent in record.Extents)
                {
                    if (!extent.IsHole && verdicts.TryGetValue(table[extent.Frame.Pack].Id, out var verdict) && !verdict.Holds(extent))
                    {
                        affected.Add(table[extent.Frame.Pack].ObjectName, path);
                    }
                }
            }
        }

        return [.. manifest.Packs.Where(p => damaged.ContainsKey(p.Id)).Select(p => affected.Describe(p.ObjectName, damaged[p.Id]))];
    }

    private async ValueTask<Dictionary<Guid, PackVerdict>> VerifyAsync(IReadOnlyDictionary<Guid, string> damaged, CancellationToken cancellationToken)
    {
        using var verifier = new PackVerifier(repository);
        var verdicts = new Dictionary<Guid, PackVerdict>();
        foreach (var pack in manifest.Packs.Where(p => damaged.ContainsKey(p.Id) && p.Kind == PackKind.Data))
        {
            try
            {
                verdicts[pack.Id] = await verifier.VerifyAsync(pack, cancellationToken).ConfigureAwait(false);
            }
            catch (DrException e) when (SourceDamage.IsOfObject(e.Error))
            {
                // A disk that does not give it back: whatever lies in it counts as lost.
                verdicts[pack.Id] = new PackVerdict(damaged[pack.Id], [], [], HasDirectory: false);
            }
        }

        return verdicts;
    }
}
