using DrTools.Backup;
using DrTools.Plans.Shapes;
using DrTools.Retention;
using DrTools.Sources;

namespace DrTools.Plans.Keys;

/// <summary>Keys of the data of services.</summary>
internal static class SourceKeys
{
    private static readonly Key<BackupType> Type = new("type", new WordShape<BackupType>(), "Type of the backup: full, differential or incremental.", isRequired: true);
    private static readonly Key<TimeSpan> Every = new("every", Any.Duration, "How often, such as 6h or 1d.");
    private static readonly Key<CronExpression> Cron = new("cron", Any.Cron, "At which times: minute, hour, day of month, month, day of week. 30 2 * * * is daily at 02:30, 0 4 * * sun#1 the first Sunday of the month.");

    private static readonly Key<LogMethod> Method = new("method", new WordShape<LogMethod>(), "How the log gets into the repositories: archive (the server hands over each segment) or stream (it is received as it is written).", isRequired: true);
    private static readonly Key<TimeSpan> Interval = new("interval", Any.Duration, "How much time may pass until what was written has arrived, such as 5m.", isRequired: true);

    private static readonly Key<IReadOnlyList<RetentionRule>> Keep = new("keep", new ListShape<RetentionRule>(Any.RetentionRule), "What to keep, as for drtools expire: daily=30,weekly=12,monthly=84.", isRequired: true);
    private static readonly Key<TimeSpan> LogWindow = new("logWindow", Any.Duration, "How far back every moment stays restorable from logs; as far as the oldest backup if not given.");

    private static readonly Key<string> Name = new("source", Any.Source, "The source, as for drtools backup: files:PATH, sqlite:FILE, postgresql://user@host:port/database (without the database: the cluster).", isRequired: true);
    private static readonly Key<IReadOnlyList<string>> Repositories = new("repositories", Any.Names(NameKind.Repository), "Names of the repositories: backups are taken into the first and copied into the others.", isRequired: true);
    private static readonly Key<string> Host = new("host", Any.Text, "The host that it is on; this one if not given.");
    private static readonly Key<IReadOnlyList<string>> Exclude = new("exclude", Any.Texts, "Patterns of what is left out.");
    private static readonly Key<bool> OneFileSystem = new("oneFileSystem", Any.Switch, "Whether other file systems mounted below are left out; false if not given.");
    private static readonly Key<IReadOnlyList<PlannedSchedule>> Schedules = new(
        "schedules",
        new ListShape<PlannedSchedule>(new ObjectShape<PlannedSchedule>(
            "schedule",
            [Type, Every, Cron],
            v => new PlannedSchedule { Type = v.Required(Type), Every = v.Maybe(Every), Cron = v.Get(Cron), Position = v.Position })
        { ExactlyOneOf = [Every, Cron] }),
        "When backups are taken.");

    private static readonly Key<PlannedLog> Log = new(
        "log",
        new ObjectShape<PlannedLog>("log", [Method, Interval], v => new PlannedLog { Method = v.Required(Method), Interval = v.Required(Interval) }),
        "How the log of a database is kept.");

    private static readonly Key<PlannedRetention> Retention = new(
        "retention",
        new ObjectShape<PlannedRetention>(
            "retention",
            [Keep, LogWindow],
            v => new PlannedRetention { Keep = new RetentionPolicy { Rules = v.List(Keep) }, LogWindow = v.Maybe(LogWindow) }),
        "How long backups are kept; for ever if not given.");

    public static ObjectShape<PlannedSource> Source { get; } = new(
        "source",
        [Name, Repositories, Host, Exclude, OneFileSystem, Schedules, Log, Retention],
        v => new PlannedSource
        {
            Source = SourceRegistry.Parse(v.Required(Name)).Name,
            Address = v.Required(Name),
            Repositories = v.List(Repositories),
            Host = v.Get(Host),
            Exclude = v.List(Exclude),
            OneFileSystem = v.Or(OneFileSystem, false),
            Schedules = v.List(Schedules),
            Log = v.Get(Log),
            Retention = v.Get(Retention),
            Position = v.Position,
        });
}
