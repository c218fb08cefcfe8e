using DrTools.Sources;

namespace DrTools.Cli.Json;

/// <summary>What <c>check-source</c> prints.</summary>
internal sealed record DiagnosisDocument(bool Passed, IReadOnlyList<SourceDiagnosisDocument> Sources);

/// <summary>What is known of a source before a backup.</summary>
internal sealed record SourceDiagnosisDocument(string Source, bool Passed, string? Engine, DateTime CheckedAt, double Seconds, IReadOnlyList<SourceFindingDocument> Findings)
{
    public static SourceDiagnosisDocument Of(SourceDiagnosis diagnosis) => new(
        diagnosis.Source,
        diagnosis.Passed,
        diagnosis.Engine,
        diagnosis.Checked.UtcDateTime,
        Scalars.Seconds(diagnosis.Duration),
        SourceFindingDocument.Of(diagnosis.Findings));
}

/// <summary>What a check of a source found.</summary>
internal sealed record SourceFindingDocument(string Check, string Severity, string Message, string? Remedy)
{
    public static IReadOnlyList<SourceFindingDocument> Of(IReadOnlyList<SourceFinding> findings) =>
        [.. findings.Select(f => new SourceFindingDocument(f.Check, Scalars.Word(f.Severity), f.Message, f.Remedy))];
}
