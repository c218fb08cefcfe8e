namespace DrTools.Reports.Making;

/// <summary>Collects what a reader has to do something about.</summary>
internal sealed class FindingList
{
    private readonly List<ReportFinding> _findings = [];

    /// <summary>All, the most pressing first, and in the order in which they were found.</summary>
    public IReadOnlyList<ReportFinding> InOrder() => [.. _findings.OrderBy(f => f.Severity)];

    public void Critical(string? service, string? source, string problem, string remedy, params IEnumerable<RecordReference> records) => Add(FindingSeverity.Critical, service, source, problem, remedy, records);

    public void Warning(string? service, string? source, string problem, string remedy, params IEnumerable<RecordReference> records) => Add(FindingSeverity.Warning, service, source, problem, remedy, records);

    public void Information(string? service, string? source, string problem, string remedy, params IEnumerable<RecordReference> records) => Add(FindingSeverity.Information, service, source, problem, remedy, records);

    private void Add(FindingSeverity severity, string? service, string? source, string problem, string remedy, IEnumerable<RecordReference> records) =>
        _findings.Add(new ReportFinding(severity, service, source, problem, remedy, [.. records]));
}
