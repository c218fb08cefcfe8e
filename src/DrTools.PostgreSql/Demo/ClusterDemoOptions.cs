using DrTools.Demo;

namespace DrTools.PostgreSql.Demo;

/// <summary>How the demo on a PostgreSQL server is run.</summary>
public sealed record ClusterDemoOptions
{
    /// <summary>The program <c>drtools</c>: the server runs it for every segment of its log.</summary>
    public required string Program { get; init; }

    /// <summary>Folder of the server's programs; the newest that is installed if not given.</summary>
    public string? ProgramFolder { get; init; }

    /// <summary>The folder that everything happens in: a new or empty one. A new folder among the system's temporary
    /// ones when <see langword="null"/>.</summary>
    public string? WorkFolder { get; init; }

    /// <summary>Whether data, repository and secrets stay in the work folder. The report stays there in any case.</summary>
    public bool Keep { get; init; }

    /// <summary>What the measured figures are held against.</summary>
    public DemoObjectives Objectives { get; init; } = new() { Rpo = TimeSpan.FromMinutes(1) };

    /// <summary>Rows of the table of customers.</summary>
    public int Customers { get; init; } = 10_000;

    /// <summary>Orders that are there at the beginning; each has a payment.</summary>
    public int Orders { get; init; } = 60_000;

    /// <summary>Decides every random choice in the data.</summary>
    public int Seed { get; init; } = 20_261;

    /// <summary>Time between two orders, and how long a customer waits after one that was refused.</summary>
    public TimeSpan OrderInterval { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>How long the shop sells before the mistake, and again after the last backup.</summary>
    public TimeSpan Production { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>After how long the server ends a segment of its log that is not full (<c>archive_timeout</c>), whole
    /// seconds: what a lost host loses.</summary>
    public TimeSpan ArchiveTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>What tests break on the way.</summary>
    internal ClusterDemoInterference Interference { get; init; } = new();
}

/// <summary>Moments at which a test damages something, to see that the demo notices.</summary>
internal sealed record ClusterDemoInterference
{
    /// <summary>After the table was restored, before it is compared; takes the demo's server.</summary>
    public Func<DemoServer, Task> AfterTable { get; init; } = static _ => Task.CompletedTask;

    /// <summary>After the last backup, before it is verified.</summary>
    public Action<DemoFolder> BeforeVerify { get; init; } = static _ => { };

    /// <summary>After the disaster, before the recovery.</summary>
    public Action<DemoFolder> BeforeRecovery { get; init; } = static _ => { };

    /// <summary>After the recovery, before everything is compared.</summary>
    public Func<DemoServer, Task> BeforeCompare { get; init; } = static _ => Task.CompletedTask;
}
