using DrTools.Backup;
using DrTools.Retention;
using DrTools.Sources;

namespace DrTools.Plans;

/// <summary>Data of a service: one source, with where its backups go, when they are taken and how long they are kept.</summary>
public sealed record PlannedSource
{
    /// <summary>The source by its canonical name, which backups are filed under (<c>files:/etc</c>).</summary>
    public required string Source { get; init; }

    /// <summary>The source as it is written, with its path absolute: what connects to it, with the user and all else that the
    /// canonical name leaves out.</summary>
    public required string Address { get; init; }

    /// <summary>Names of the repositories: backups are taken into the first and copied into the others.</summary>
    public required IReadOnlyList<string> Repositories { get; init; }

    /// <summary>The host that it is on; this one if it is not said.</summary>
    public string? Host { get; init; }

    /// <summary>Patterns of what is left out.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Whether other file systems mounted below are left out.</summary>
    public bool OneFileSystem { get; init; }

    /// <summary>When backups are taken.</summary>
    public IReadOnlyList<PlannedSchedule> Schedules { get; init; } = [];

    /// <summary>How the log of a database is kept.</summary>
    public PlannedLog? Log { get; init; }

    /// <summary>How long backups are kept; for ever where it is not said.</summary>
    public PlannedRetention? Retention { get; init; }

    /// <summary>Where it is written.</summary>
    public PlanPosition Position { get; init; }

    /// <summary>What of it is read, as the engine takes it.</summary>
    public SourceOptions Options => new() { Exclude = Exclude, OneFileSystem = OneFileSystem };

    /// <summary>How much time may lie between two backups by the schedules together; <see langword="null"/> without any.</summary>
    /// <param name="zone">The plan's zone.</param>
    public TimeSpan? LongestInterval(TimeZoneInfo zone)
    {
        // Two schedules may fill each other's gaps: an incremental backup on weekdays and a full one on Sundays.
        List<CronExpression> times = [.. Schedules.Select(s => s.Cron).OfType<CronExpression>()];
        var intervals = Schedules.Where(s => s.Every is not null).Select(s => s.Every!.Value);
        return times.Count > 0 ? intervals.Append(CronExpression.LongestInterval(times, zone)).Min() : intervals.Select(i => (TimeSpan?)i).Min();
    }
}

/// <summary>When backups of a type are taken: every so often, or at times.</summary>
public sealed record PlannedSchedule
{
    /// <summary>The type.</summary>
    public required BackupType Type { get; init; }

    /// <summary>How often.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>At which times, in the plan's zone.</summary>
    public CronExpression? Cron { get; init; }

    /// <summary>Where it is written.</summary>
    public PlanPosition Position { get; init; }

    /// <summary>The longest time between two backups.</summary>
    public TimeSpan LongestInterval(TimeZoneInfo zone) => Every ?? Cron!.LongestInterval(zone);

    /// <summary>As in a plan: <c>full every 7d</c>, <c>incremental at 0 2 * * *</c>.</summary>
    public override string ToString() =>
        $"{Type.ToString().ToLowerInvariant()} {(Every is { } every ? $"every {PlanDuration.Format(every)}" : $"at {Cron}")}";
}

/// <summary>How the log of a database gets into the repositories.</summary>
public enum LogMethod
{
    /// <summary>The server hands over each segment.</summary>
    Archive,

    /// <summary>It is received as it is written.</summary>
    Stream,
}

/// <summary>The log of a database.</summary>
public sealed record PlannedLog
{
    /// <summary>How it gets into the repositories.</summary>
    public LogMethod Method { get; init; }

    /// <summary>How much time may pass until what was written has arrived: the server's <c>archive_timeout</c>.</summary>
    public required TimeSpan Interval { get; init; }
}

/// <summary>How long backups are kept.</summary>
public sealed record PlannedRetention
{
    /// <summary>The rules.</summary>
    public required RetentionPolicy Keep { get; init; }

    /// <summary>How far back every moment stays restorable from logs; as far as the oldest backup if it is not said.</summary>
    public TimeSpan? LogWindow { get; init; }
}
