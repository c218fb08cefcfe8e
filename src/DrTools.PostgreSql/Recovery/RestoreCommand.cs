namespace DrTools.PostgreSql.Recovery;

/// <summary>The <c>restore_command</c> that fetches WAL from a repository.</summary>
/// <remarks>Runs as the server's user: it must be able to run the program and to read the repository and the key file.
/// A passphrase never goes here, where every user of the host could see it.</remarks>
public sealed record RestoreCommand
{
    /// <summary>The program: <c>drtools</c>, or its path where the server's PATH does not have it.</summary>
    public string Program { get; init; } = "drtools";

    /// <summary>Location of the repository.</summary>
    public required string Repository { get; init; }

    /// <summary>Path of the file that opens the repository, if it needs one.</summary>
    public string? KeyFile { get; init; }

    /// <summary>New folders of tablespaces that the log makes, by their old ones.</summary>
    public IReadOnlyDictionary<string, string> TablespaceMapping { get; init; } = new Dictionary<string, string>();

    /// <summary>Further arguments of <c>wal get</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The command, quoted for the shell.</summary>
    public override string ToString() => ConfigurationText.Command(
        [
            Program, "wal", "get", "%f", "%p", "--repo", Repository, .. KeyFile is null ? Array.Empty<string>() : ["--key-file", KeyFile], "--guard-tablespaces",
            .. TablespaceMapping.OrderBy(m => m.Key, StringComparer.Ordinal).SelectMany(m => (string[])["--tablespace-mapping", $"{m.Key}={m.Value}"]), .. Arguments,
        ]);
}
