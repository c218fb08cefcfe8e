using DrTools.Thawing;

namespace DrTools.Cli.Json;

/// <summary>What <c>thaw</c> prints.</summary>
internal sealed record ThawDocument(
    string BackupId, string Source, bool Readable, int ReadablePacks, int ThawingPacks, int ArchivedPacks, int RequestedPacks, long PendingBytes,
    IReadOnlyList<string> StorageClasses, IReadOnlyList<ThawTimeDocument> Times)
{
    public static ThawDocument Of(ThawResult result) => new(
        result.Backup.Id, result.Backup.Source, result.IsReadable, result.Readable, result.Thawing, result.Archived, result.Requested, result.PendingBytes,
        result.StorageClasses, [.. result.Expected.Select(e => new ThawTimeDocument(Scalars.Word(e.Key), e.Value))]);
}

/// <summary>How long thawing takes.</summary>
internal sealed record ThawTimeDocument(string Tier, string Time);
