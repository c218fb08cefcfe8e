using System.Collections;
using DrTools.Backup;

namespace DrTools.PowerShell.Completion;

/// <summary>Completes ids of backups, the newest first.</summary>
public sealed class BackupCompleter : RepositoryCompleter
{
    private protected override IEnumerable<(string Text, string Description)> Candidates(IReadOnlyList<BackupInfo> backups, IDictionary bound) =>
        backups.OrderByDescending(b => b.Started)
            .Select(b => (b.Id, $"{b.Source}, {b.Type}, {Display.Time(b.Started)}, {Display.Size(b.SourceBytes)}"))
            .Append(("latest", "The newest one, where there is one source only"));
}
