namespace DrTools.PostgreSql.Scratch;

/// <summary>How a scratch instance is made and run.</summary>
public sealed record ScratchOptions
{
    /// <summary>Where its folder is made; the system's temporary folder if not given. Every folder above it must let the
    /// server's user pass.</summary>
    public string? Parent { get; init; }

    /// <summary>Folder of the server's programs; otherwise the usual places and PATH.</summary>
    public string? Programs { get; init; }

    /// <summary>The user to run as when this process is root's: servers refuse to. <c>postgres</c>, or else <c>nobody</c>.</summary>
    public string? User { get; init; }

    /// <summary>Libraries to load at start. Those that the original loaded are not: they may run jobs, or reach out.</summary>
    public IReadOnlyList<string> PreloadLibraries { get; init; } = [];

    /// <summary>Further settings; they win over those of the instance.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>How long a recovery may go on without any progress before it counts as failed.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a recovery may take in all; no limit if not given.</summary>
    public TimeSpan? Timeout { get; init; }
}
