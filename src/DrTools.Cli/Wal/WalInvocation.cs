namespace DrTools.Cli.Wal;

/// <summary>What a <c>wal</c> command was told.</summary>
internal sealed record WalInvocation
{
    /// <summary>Whether it fetches rather than archives.</summary>
    public required bool IsGet { get; init; }

    /// <summary>The file that PostgreSQL asks for (<c>%f</c>); only of <c>get</c>.</summary>
    public string FileName { get; init; } = string.Empty;

    /// <summary>Where it is, or is to go (<c>%p</c>).</summary>
    public required string Path { get; init; }

    /// <summary>The repositories, in the order in which they are asked.</summary>
    public string[] Repositories { get; init; } = [];

    /// <summary>Key files: one for all repositories, or one for each.</summary>
    public string[] KeyFiles { get; init; } = [];

    /// <summary>Passphrase files, likewise.</summary>
    public string[] PassphraseFiles { get; init; } = [];

    public bool Json { get; init; }

    public bool Verbose { get; init; }
}
