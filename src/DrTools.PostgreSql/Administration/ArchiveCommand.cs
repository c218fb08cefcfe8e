using DrTools.PostgreSql.Recovery;

namespace DrTools.PostgreSql.Administration;

/// <summary>The <c>archive_command</c> that stores WAL in repositories.</summary>
/// <remarks>Runs as the server's user: it must be able to run the program, to write to the repositories and to read the
/// key file. A passphrase never goes here, where every user of the host could see it.</remarks>
public sealed record ArchiveCommand
{
    /// <summary>The program: <c>drtools</c>, or its path where the server's PATH does not have it.</summary>
    public string Program { get; init; } = "drtools";

    /// <summary>Locations of the repositories; all of them get every file.</summary>
    public required IReadOnlyList<string> Repositories { get; init; }

    /// <summary>Path of the file that opens the repositories, if they need one.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Further arguments of <c>wal push</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The command, quoted for the shell.</summary>
    public override string ToString() => ConfigurationText.Command(
        [Program, "wal", "push", "%p", .. Repositories.SelectMany(r => new[] { "--repo", r }), .. KeyFile is null ? Array.Empty<string>() : ["--key-file", KeyFile], .. Arguments]);
}
