namespace DrTools.Aws.S3;

/// <summary>Sizes and times of a store in S3; a test has smaller ones.</summary>
internal sealed record S3Limits
{
    public static S3Limits Default { get; } = new();

    /// <summary>How long the making of a connection may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a request may pass without a byte going or coming.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a request that fails for a passing reason is repeated.</summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often at most.</summary>
    public int MaximumAttempts { get; init; } = 12;

    /// <summary>The longest wait before the first repetition. It doubles with every further one.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait before any.</summary>
    public TimeSpan LongestBackoff { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Length of all parts of a large object but the last, bytes: a pack, of 32 MiB and a little, has three. S3 wants
    /// 5 MiB at least.</summary>
    public int PartLength { get; init; } = 11 << 20;

    /// <summary>By how much the last part may be longer, bytes, so that there is none for a little rest.</summary>
    public int PartSlack { get; init; } = 2 << 20;

    /// <summary>Up to this length an object goes in one request, bytes: so that a segment of PostgreSQL's log (16 MiB) does,
    /// whose name several may want. Not every server creates large objects conditionally.</summary>
    public int SinglePutLength { get; init; } = 17 << 20;

    /// <summary>Up to this length an object waits in memory, bytes. Packs have names that nobody else wants.</summary>
    public int HeldLengthOf(string name) => name.StartsWith("packs/", StringComparison.Ordinal) ? PartLength + PartSlack : Math.Max(SinglePutLength, PartLength + PartSlack);

    /// <summary>Number of parts that are on their way at a time.</summary>
    public int ParallelParts { get; init; } = 3;

    /// <summary>How much is read at most at a time of an object that is read from front to back, bytes.</summary>
    public int ReadAhead { get; init; } = 4 << 20;

    /// <summary>Number of such stretches that are kept or on their way.</summary>
    public int ReadWindows { get; init; } = 8;

    /// <summary>Most connections to the server.</summary>
    public int Connections { get; init; } = 48;

    /// <summary>Number of objects asked for in a page of a listing. S3 gives 1,000 at most.</summary>
    public int ListPage { get; init; } = 1000;

    /// <summary>With what a location says.</summary>
    public S3Limits With(S3Location location) => this with
    {
        ConnectTimeout = location.Timeout is { } limit && limit < ConnectTimeout ? limit : ConnectTimeout,
        StallTimeout = location.Timeout ?? StallTimeout,
        RetryFor = location.RetryFor ?? RetryFor,
    };
}
