using DrTools.Repositories;
using DrTools.Repositories.Logs;

namespace DrTools.Sources;

/// <summary>How much a finding matters.</summary>
public enum FindingSeverity
{
    /// <summary>It is as it should be.</summary>
    Passed,

    /// <summary>Worth knowing.</summary>
    Information,

    /// <summary>A backup would succeed, and something should be done soon.</summary>
    Warning,

    /// <summary>A backup would fail, or be worth less than it seems.</summary>
    Error,
}

/// <summary>What a check of a source found.</summary>
/// <param name="Check">What was looked at, in a few words.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Message">What was found, as a sentence with figures.</param>
/// <param name="Remedy">What to do about it; <see langword="null"/> where there is nothing to do.</param>
public sealed record SourceFinding(string Check, FindingSeverity Severity, string Message, string? Remedy = null);

/// <summary>What is known of a source before a backup.</summary>
public sealed record SourceDiagnosis
{
    /// <summary>Canonical name of the source.</summary>
    public required string Source { get; init; }

    /// <summary>Version of the engine that holds the data, where there is one and it answered.</summary>
    public string? Engine { get; init; }

    /// <summary>When it was looked at, UTC.</summary>
    public required DateTimeOffset Checked { get; init; }

    /// <summary>How long that took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>What was found, in the order of the checks.</summary>
    public required IReadOnlyList<SourceFinding> Findings { get; init; }

    /// <summary>Whether nothing stands in the way of a good backup: no finding is an error.</summary>
    public bool Passed => Findings.All(f => f.Severity != FindingSeverity.Error);
}

/// <summary>What a source is looked at with.</summary>
public sealed record DiagnosisContext
{
    /// <summary>Absolute path of the repository when it is a local folder.</summary>
    public string? RepositoryFolder { get; init; }

    /// <summary>The log archive of the repository, if there is a repository.</summary>
    public LogArchive? Logs { get; init; }

    /// <summary>The folder for temporary files; the system's when empty.</summary>
    public string? WorkFolder { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What a repository says to look at; without one, only the source is.</summary>
    public static DiagnosisContext Of(Repository? repository) => repository is null ? new DiagnosisContext() : new DiagnosisContext
    {
        RepositoryFolder = Directory.Exists(repository.Location) ? Path.GetFullPath(repository.Location) : null,
        Logs = new LogArchive(repository),
    };
}

/// <summary>A source that can tell what would stand in the way of a backup.</summary>
public interface IDiagnosableSource : ISource
{
    /// <summary>Looks at the source, changing nothing. What cannot be found out is a finding, not an exception.</summary>
    ValueTask<SourceDiagnosis> DiagnoseAsync(DiagnosisContext context, CancellationToken cancellationToken);

    /// <summary>A source that can tell.</summary>
    /// <exception cref="DrException"><see cref="DrError.BadUsage"/> for a kind of source that cannot.</exception>
    static IDiagnosableSource Of(ISource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source as IDiagnosableSource ?? throw new DrException(
            DrError.BadUsage,
            $"{source.Name} has nothing to be checked before a backup.",
            "Take the backup: what cannot be read is named. Sources with a server (postgresql:…) can be checked.");
    }
}
