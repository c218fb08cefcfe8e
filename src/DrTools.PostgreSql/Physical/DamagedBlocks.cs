using System.Globalization;
using DrTools.PostgreSql.Pages;
using DrTools.Sources;

namespace DrTools.PostgreSql.Physical;

/// <summary>The pages of one file whose checksum stayed wrong, and what is to be said of them.</summary>
internal sealed class DamagedBlocks(string path, RelationReading reading)
{
    private const int RangesInMessage = 10;

    private readonly List<(uint First, uint Last)> _damaged = [];
    private readonly List<(uint First, uint Last)> _torn = [];

    /// <summary>Takes a page that is wrong, also when read again. Blocks come in order.</summary>
    public void Add(ReadOnlySpan<byte> page, uint block)
    {
        // A page that was changed since the backup started has a full image in the log.
        var lsn = PageHeader.ReadLsn(page);
        var isReplaced = lsn >= reading.Start && reading.HasWritten(lsn);
        Add(isReplaced ? _torn : _damaged, block);
        if (!isReplaced)
        {
            reading.CountDamaged();
        }
    }

    /// <summary>Tells of them when the file has been read.</summary>
    public void Tell()
    {
        if (_damaged.Count > 0)
        {
            reading.AddDamaged(path);
            reading.Report(new EntryIssue(
                path,
                $"{Describe(_damaged)} of the relation file {path} {(IsOne(_damaged) ? "is" : "are")} damaged on disk: the page checksum is wrong, also when read again. What is stored there cannot be trusted. Restore the relation from an earlier backup.",
                IsLoss: true));
        }

        if (_torn.Count > 0)
        {
            reading.Report(new EntryIssue(
                path,
                $"{Describe(_torn)} of the relation file {path} kept changing or had a wrong page checksum while read; the log replaces {(IsOne(_torn) ? "it" : "them")} when a copy recovers.",
                IsLoss: false));
        }
    }

    private static void Add(List<(uint First, uint Last)> ranges, uint block)
    {
        if (ranges.Count > 0 && ranges[^1].Last + 1 == block)
        {
            ranges[^1] = ranges[^1] with { Last = block };
        }
        else
        {
            ranges.Add((block, block));
        }
    }

    private static bool IsOne(List<(uint First, uint Last)> ranges) => ranges is [var only] && only.First == only.Last;

    private static string Describe(List<(uint First, uint Last)> ranges)
    {
        var list = string.Join(", ", ranges.Take(RangesInMessage).Select(r => r.First == r.Last
            ? r.First.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{r.First}–{r.Last}")));
        return $"{(IsOne(ranges) ? "Block" : "Blocks")} {list}{(ranges.Count > RangesInMessage ? $" and {ranges.Count - RangesInMessage} more ranges" : string.Empty)}";
    }
}
