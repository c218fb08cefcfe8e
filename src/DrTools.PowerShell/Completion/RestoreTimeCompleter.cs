using System.Collections;
using System.Globalization;
using DrTools.Backup;

namespace DrTools.PowerShell.Completion;

/// <summary>Completes moments that can be restored: the ends of backups, the newest first, as UTC.</summary>
public sealed class RestoreTimeCompleter : RepositoryCompleter
{
    private protected override IEnumerable<(string Text, string Description)> Candidates(IReadOnlyList<BackupInfo> backups, IDictionary bound) =>
        backups.Where(b => b.Facts.Details.GetValueOrDefault("method") == "physical")
            .OrderByDescending(b => b.Finished)
            .Select(b => (b.Finished.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture), $"The end of {b.Id} of {b.Source}; local time {Display.Time(b.Finished)}"));
}
