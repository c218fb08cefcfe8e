using DrTools.Reports;

namespace DrTools.Cli.Json;

/// <summary>What <c>report</c> prints.</summary>
internal sealed record ReportDocument(
    string Plan,
    string Scope,
    DateTime From,
    DateTime To,
    DateTime MadeAt,
    string Audience,
    string? Drill,
    string? File,
    string? Format,
    int BackupsDue,
    int BackupsTaken,
    int BackupsMissed,
    int BackupsFailed,
    double? BackupSuccessRate,
    int VerificationsPassed,
    int VerificationsFailed,
    int RestoresSucceeded,
    int RestoresFailed,
    int DrillsPassed,
    int DrillsFailed,
    long StoredBytes,
    long FreedBytes,
    IReadOnlyList<ReportFindingDocument> Findings,
    IReadOnlyList<ReportRepositoryDocument> Repositories)
{
    public static ReportDocument Of(Report r, string? file, ReportFormat? format) => new(
        r.Basis.Plan,
        Scalars.Word(r.Basis.Scope),
        r.Basis.From.UtcDateTime,
        r.Basis.To.UtcDateTime,
        r.Basis.AsOf.UtcDateTime,
        Scalars.Word(r.Basis.Audience),
        r.Basis.DrillId,
        file,
        file is null ? null : Scalars.Word(format!.Value),
        r.Figures.Totals.BackupsDue,
        r.Figures.Totals.BackupsTaken,
        r.Figures.Totals.BackupsMissed,
        r.Figures.Totals.BackupsFailed,
        r.Figures.Totals.BackupSuccessRate,
        r.Figures.Totals.VerificationsPassed,
        r.Figures.Totals.VerificationsFailed,
        r.Figures.Totals.RestoresSucceeded,
        r.Figures.Totals.RestoresFailed,
        r.Figures.Totals.DrillsPassed,
        r.Figures.Totals.DrillsFailed,
        r.Figures.Totals.StoredBytes,
        r.Figures.Totals.FreedBytes,
        [.. r.Figures.Findings.Select(f => new ReportFindingDocument(Scalars.Word(f.Severity), f.Service, f.Source, f.Problem, f.Remedy, [.. f.Records.Select(x => x.ToString())]))],
        [.. r.Basis.Repositories.Select(x => new ReportRepositoryDocument(x.Name, x.Id, x.Location, x.HeadSequence, x.HeadHash.Length == 0 ? null : x.HeadHash, x.Problems))]);
}

/// <summary>Something that a reader has to do something about.</summary>
internal sealed record ReportFindingDocument(string Severity, string? Service, string? Source, string Problem, string Remedy, IReadOnlyList<string> Records);

/// <summary>What a report rests on.</summary>
internal sealed record ReportRepositoryDocument(string Name, Guid? Id, string Location, long HeadSequence, string? HeadHash, IReadOnlyList<string> Problems);

/// <summary>What <c>evidence test</c> prints.</summary>
internal sealed record EvidenceDocument(string? Report, string? Subject, DateTime? MadeAt, bool Passed, IReadOnlyList<EvidenceCheckDocument> Checks)
{
    public static EvidenceDocument Of(EvidenceResult r) => new(
        r.Report,
        r.Subject,
        r.Made?.UtcDateTime,
        r.Passed,
        [.. r.Checks.Select(c => new EvidenceCheckDocument(c.Name, c.Subject, Scalars.Word(c.Outcome), c.Detail, c.Findings))]);
}

/// <summary>A check of evidence.</summary>
internal sealed record EvidenceCheckDocument(string Name, string Subject, string Outcome, string Detail, IReadOnlyList<string> Findings);
