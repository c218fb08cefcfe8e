using DrTools.Plans;

namespace DrTools.Cli.Json;

/// <summary>What <c>plan test</c> prints.</summary>
internal sealed record PlanTestDocument(
    string File,
    bool Passed,
    bool ComparedWithReality,
    DateTime TestedAt,
    double Seconds,
    int Errors,
    int Warnings,
    int NotChecked,
    IReadOnlyList<PlanProblemDocument> Problems,
    IReadOnlyList<PlanFindingDocument> Findings)
{
    public static PlanTestDocument Of(PlanTestResult result) => new(
        result.File,
        result.Passed,
        result.ComparedWithReality,
        result.Tested.UtcDateTime,
        Scalars.Seconds(result.Duration),
        result.Errors,
        result.Warnings,
        result.NotChecked,
        [.. result.Problems.Select(p => new PlanProblemDocument(p.Error.ToString(), p.Line, p.Column, p.Path, p.Message, p.Remedy))],
        [.. result.Findings.Select(f => new PlanFindingDocument(Scalars.Word(f.Severity), f.Service, f.Subject, f.Check, f.Message, f.Remedy, f.Line))]);
}

/// <summary>Something in a plan file that makes no sense.</summary>
internal sealed record PlanProblemDocument(string Id, int Line, int Column, string Path, string Message, string Remedy);

/// <summary>How plan and reality agree at one point.</summary>
internal sealed record PlanFindingDocument(string Severity, string? Service, string Subject, string Check, string Message, string? Remedy, int Line);

/// <summary>What <c>plan new</c> prints.</summary>
internal sealed record PlanNewDocument(string File, string SchemaFile, IReadOnlyList<string> Sources, IReadOnlyList<string> Notes);
