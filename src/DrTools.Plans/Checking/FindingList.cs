namespace DrTools.Plans.Checking;

/// <summary>Collects findings about one thing of a plan.</summary>
internal sealed class FindingList(List<PlanFinding> findings, string? service, string subject, int line)
{
    public void Passed(string check, string message) => Add(PlanFindingSeverity.Passed, check, message, null);

    public void Information(string check, string message, string? remedy = null) => Add(PlanFindingSeverity.Information, check, message, remedy);

    public void NotChecked(string check, string message, string remedy) => Add(PlanFindingSeverity.NotChecked, check, message, remedy);

    public void Warning(string check, string message, string remedy) => Add(PlanFindingSeverity.Warning, check, message, remedy);

    public void Error(string check, string message, string remedy) => Add(PlanFindingSeverity.Error, check, message, remedy);

    public void Add(PlanFindingSeverity severity, string check, string message, string? remedy) =>
        findings.Add(new PlanFinding(severity, service, subject, check, message, remedy, line));
}
