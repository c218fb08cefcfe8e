using System.Collections;
using DrTools.Backup;
using DrTools.Sources;

namespace DrTools.PowerShell.Completion;

/// <summary>Completes sources: those with backups in the repository, then the schemes.</summary>
public sealed class SourceCompleter : RepositoryCompleter
{
    private protected override IEnumerable<(string Text, string Description)> Candidates(IReadOnlyList<BackupInfo> backups, IDictionary bound) =>
        backups.GroupBy(b => b.Source, StringComparer.Ordinal)
            .Select(g => (g.Key, $"{g.Count()} backups, the last one of {Display.Time(g.Max(b => b.Started))}"))
            .Concat(SourceRegistry.KnownSchemes.Select(s => ($"{s}:", $"A source of the kind {s}")));
}
