using DrTools.Copies;

namespace DrTools.Cli.Json;

/// <summary>What <c>copies</c> prints.</summary>
internal sealed record CopyPolicyDocument(string Policy, bool Passed, IReadOnlyList<SourceCopiesDocument> Sources)
{
    public static CopyPolicyDocument Of(CopyRule rule, bool passed, IReadOnlyList<CopyPolicyResult> results) =>
        new(rule.ToString(), passed, [.. results.Select(SourceCopiesDocument.Of)]);
}

/// <summary>The copies of one source.</summary>
internal sealed record SourceCopiesDocument(
    string Source,
    string Host,
    bool Passed,
    int Copies,
    int Media,
    int OffSite,
    int Immutable,
    int Unverified,
    IReadOnlyList<CopyStateDocument> Repositories,
    IReadOnlyList<CopyFindingDocument> Findings)
{
    public static SourceCopiesDocument Of(CopyPolicyResult result) => new(
        result.Source,
        result.Host,
        result.Passed,
        result.Copies,
        result.Media,
        result.OffSite,
        result.Immutable,
        result.Unverified,
        [.. result.Repositories.Select(CopyStateDocument.Of)],
        [.. result.Findings.Select(f => new CopyFindingDocument(f.Missing, f.Remedy))]);
}

/// <summary>The backups of a source in one repository.</summary>
internal sealed record CopyStateDocument(
    string Repository,
    Guid RepositoryId,
    string? Medium,
    string? Site,
    bool Immutable,
    bool Counts,
    int Backups,
    string NewestId,
    DateTime NewestStartedAt,
    double AgeSeconds,
    bool Verified,
    DateTime? LastVerifiedAt,
    string? VerifiedBy,
    string? VerifiedOutcome)
{
    public static CopyStateDocument Of(CopyState state) => new(
        state.Repository,
        state.RepositoryId,
        state.Medium,
        state.Site,
        state.IsImmutable,
        state.Counts,
        state.Backups,
        state.NewestId,
        state.NewestStarted.UtcDateTime,
        Scalars.Seconds(state.Age),
        state.IsVerified,
        state.LastVerified?.UtcDateTime,
        state.VerifiedBy?.ToLowerInvariant(),
        state.VerifiedOutcome is { } outcome ? Scalars.Word(outcome) : null);
}

/// <summary>Something that the rule demands and that is not so.</summary>
internal sealed record CopyFindingDocument(string Missing, string Remedy);
