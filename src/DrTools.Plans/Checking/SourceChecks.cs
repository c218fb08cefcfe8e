using DrTools.Repositories;
using DrTools.Sources;

namespace DrTools.Plans.Checking;

/// <summary>Whether the sources of a plan can be reached from here.</summary>
internal static class SourceChecks
{
    private const string Check = "source";

    public static async Task CheckAsync(PlannedService service, PlannedSource planned, Repository? repository, List<PlanFinding> findings, CancellationToken cancellationToken)
    {
        var list = new FindingList(findings, service.Name, planned.Source, planned.Position.Line);
        if (planned.Host is { } host && !string.Equals(host, Environment.MachineName, StringComparison.OrdinalIgnoreCase))
        {
            list.Information(Check, $"It is on {host}, and not looked at from {Environment.MachineName}.", $"Test the plan on {host} too.");
            return;
        }

        var source = SourceRegistry.Parse(planned.Address, planned.Options);
        if (source is IDiagnosableSource diagnosable)
        {
            await DiagnoseAsync(diagnosable, repository, list, cancellationToken).ConfigureAwait(false);
        }
        else if (planned.Source.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && planned.Source[(colon + 1)..] is ['/' or '\\', ..] or [_, ':', ..])
        {
            Look(planned.Source[(colon + 1)..], list);
        }
        else
        {
            list.NotChecked(Check, "Sources of this kind cannot be asked whether they can be reached.", "Take a backup: what cannot be read is named.");
        }
    }

    private static void Look(string path, FindingList list)
    {
        try
        {
            if (Directory.Exists(path))
            {
                using var entries = Directory.EnumerateFileSystemEntries(path).GetEnumerator();
                list.Passed(Check, entries.MoveNext() ? "The folder can be read." : "The folder can be read; it is empty.");
            }
            else
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                list.Passed(Check, $"The file can be read ({Figures.Bytes(file.Length)}).");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var isMissing = e is FileNotFoundException or DirectoryNotFoundException;
            list.Error(Check, isMissing ? "It is not there." : $"It cannot be read: {e.Message}", isMissing ? "Correct the plan; or say with 'host' which host it is on." : "Run this as a user that may read it.");
        }
    }

    private static async Task DiagnoseAsync(IDiagnosableSource source, Repository? repository, FindingList list, CancellationToken cancellationToken)
    {
        try
        {
            var diagnosis = await source.DiagnoseAsync(DiagnosisContext.Of(repository), cancellationToken).ConfigureAwait(false);
            foreach (var finding in diagnosis.Findings.Where(f => f.Severity is FindingSeverity.Warning or FindingSeverity.Error))
            {
                list.Add(finding.Severity == FindingSeverity.Error ? PlanFindingSeverity.Error : PlanFindingSeverity.Warning, $"{Check}: {finding.Check}", finding.Message, finding.Remedy);
            }

            if (diagnosis.Passed)
            {
                list.Passed(Check, $"It answers: {diagnosis.Engine ?? "ready for a backup"}.");
            }
        }
        catch (DrException e)
        {
            list.Error(Check, e.Message, e.Remedy);
        }
    }
}
