namespace DrTools.Demo;

/// <summary>A table that was dropped by mistake, and brought back while everything else went on.</summary>
public sealed record DemoMistake
{
    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>When it was dropped, UTC.</summary>
    public required DateTimeOffset Happened { get; init; }

    /// <summary>The transaction that dropped it.</summary>
    public required ulong Transaction { get; init; }

    /// <summary>Rows that it had.</summary>
    public required long Rows { get; init; }

    /// <summary>The last good moment as it was found, as a target for a restore; <see langword="null"/> if it was not
    /// found.</summary>
    public string? Target { get; init; }

    /// <summary>When the last transaction before was committed, UTC.</summary>
    public DateTimeOffset? LastGood { get; init; }

    /// <summary>Transactions among which it was found.</summary>
    public long Commits { get; init; }

    /// <summary>How often the past was asked.</summary>
    public int Probes { get; init; }

    /// <summary>How long the search took.</summary>
    public TimeSpan? Search { get; init; }

    /// <summary>When the table was back, UTC; <see langword="null"/> if it was not.</summary>
    public DateTimeOffset? Restored { get; init; }

    /// <summary>Rows that came back.</summary>
    public long RestoredRows { get; init; }

    /// <summary>Orders that were refused meanwhile.</summary>
    public int Refused { get; init; }

    /// <summary>How long the table was missing.</summary>
    public TimeSpan? Missing => Restored - Happened;
}
