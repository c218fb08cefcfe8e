namespace DrTools.Cli.Wal;

/// <summary>What a <c>wal</c> command does. The last two are those that work ahead in the background.</summary>
internal enum WalAction
{
    Push,
    Get,
    PushAhead,
    GetAhead,
}

/// <summary>What a <c>wal</c> command was told.</summary>
internal sealed record WalInvocation
{
    /// <summary>What to do.</summary>
    public required WalAction Action { get; init; }

    /// <summary>Whether it fetches rather than archives.</summary>
    public bool IsGet => Action is WalAction.Get or WalAction.GetAhead;

    /// <summary>The file that PostgreSQL asks for (<c>%f</c>); only of <c>get</c>.</summary>
    public string FileName { get; init; } = string.Empty;

    /// <summary>Where it is, or is to go (<c>%p</c>).</summary>
    public required string Path { get; init; }

    /// <summary>The repositories, in the order in which they are asked.</summary>
    public LogRepositoryChoice Repositories { get; init; } = new([], [], []);

    /// <summary>Whether a process in the background works ahead.</summary>
    public bool IsAsync { get; init; }

    /// <summary>Where calls and that process leave word for each other.</summary>
    public string? Spool { get; init; }

    /// <summary>How many files that process handles at once; 0 for one per processor, at most 4.</summary>
    public int Jobs { get; init; }

    /// <summary>The most that it fetches ahead, MiB; 0 for the default.</summary>
    public int SpoolLimit { get; init; }

    /// <summary>Whether log that makes a tablespace where another server has one is refused; only of <c>get</c>.</summary>
    public bool GuardsTablespaces { get; init; }

    /// <summary>New folders of such tablespaces, as <c>OLD=NEW</c>.</summary>
    public string[] TablespaceMapping { get; init; } = [];

    public bool Json { get; init; }

    public bool Verbose { get; init; }
}
