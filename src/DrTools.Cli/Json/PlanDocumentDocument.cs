using DrTools.Documents;

namespace DrTools.Cli.Json;

/// <summary>What <c>plan document</c> prints.</summary>
internal sealed record PlanDocumentDocument(
    string File, string Plan, string Language, string Format, DateTime WrittenAt, bool ComparedWithReality, int Differences, int Warnings, int NotChecked, int? Changes)
{
    public static PlanDocumentDocument Of(ExportedPlanDocument written) => new(
        written.Path,
        written.Plan,
        Scalars.Word(written.Language),
        Scalars.Word(written.Format),
        written.Written.UtcDateTime,
        written.ComparedWithReality,
        written.Differences,
        written.Warnings,
        written.NotChecked,
        written.Changes);
}
