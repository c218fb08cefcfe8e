using System.Runtime.CompilerServices;
using DrTools.Repositories.Manifests;
using DrTools.Sources;

namespace DrTools.Backup;

/// <summary>Lists the paged files of the parent that can be referred to as a whole.</summary>
internal sealed class ReferableFiles(ParentView parent) : ParentFiles
{
    public override async IAsyncEnumerable<ParentFile> ReadWholeAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = parent.NewReader();
        ManifestRecord? file = null;
        var isWhole = false;
        for (var i = 0; i < parent.AllBlocks.Count; i++)
        {
            var block = await parent.TryReadBlockAsync(reader, i, cancellationToken).ConfigureAwait(false);

            // A file that goes on in a block that cannot be read is not whole.
            isWhole &= block is not null;
            foreach (var record in block ?? [])
            {
                if (record.Entry is not null)
                {
                    (file, isWhole) = (record, record.IsPaged);
                }

                isWhole &= record.IsPaged && !record.Extents.Any(e => !e.IsHole && parent.IsRetired(e.Frame.Pack));
                if (!record.IsContinued && isWhole && file?.Entry is { } entry)
                {
                    yield return new ParentFile(entry.Path, entry.Size);
                }

                if (!record.IsContinued)
                {
                    (file, isWhole) = (null, false);
                }
            }
        }
    }
}
